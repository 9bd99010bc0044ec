package main

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"

	"xlattice.org/zog/client"
	"xlattice.org/zog/internal/plural"
	"xlattice.org/zog/internal/record"
	"xlattice.org/zog/messages/pzog"
)

// The statuses of a message in the output.
const (
	statusOK      = "ok"
	statusShort   = "short"          // kept, but by fewer hosts than --copies
	statusRefused = "refused"        // not taken
	statusLost    = "unacknowledged" // sent; kept or not
	statusUnsent  = "unsent"         // not sent
)

// result is the outcome of one message, as it is printed.
type result struct {
	Type    string  `json:"type"` // messageType
	Time    string  `json:"time"`
	Line    int     `json:"line,omitempty"` // of standard input, from 1
	Host    string  `json:"host,omitempty"`
	Address string  `json:"address,omitempty"`
	Status  string  `json:"status"`
	ID      string  `json:"id,omitempty"` // the identity, as in access.log
	Copies  int     `json:"copies,omitempty"`
	Wanted  int     `json:"wanted,omitempty"`  // --copies, if fewer hosts have it
	Resends int     `json:"resends,omitempty"` // how often it was sent again
	Latency float64 `json:"latency_ms,omitempty"`
	Reason  string  `json:"reason,omitempty"`
	Text    string  `json:"text"`
	Hex     string  `json:"text_hex,omitempty"` // set if the text is not UTF-8
	latency time.Duration
}

// newResult returns the result of a text from what the client returned.
func (s *settings) newResult(at time.Time, text string, receipt client.Receipt, err error) result {
	r := result{
		Type: messageType, Time: at.UTC().Format("2006-01-02T15:04:05.000Z"),
		Host: s.name(receipt.Host), Address: receipt.Host, Status: status(err),
		ID: receipt.ID.String(), Copies: receipt.Copies, Resends: receipt.Resends, Text: text, latency: receipt.Latency,
		Latency: float64(receipt.Latency.Microseconds()) / 1000,
	}
	var short *client.CopiesError
	if errors.As(err, &short) {
		r.Wanted = short.Want
	}
	if !utf8.ValidString(text) {
		r.Hex = hex.EncodeToString([]byte(text))
	}
	if err != nil {
		r.Reason = s.named(reason(err, receipt.Host))
	}
	return r
}

// status returns the status for an error of the client.
func status(err error) string {
	var refused *client.RefusedError
	var short *client.CopiesError
	switch {
	case err == nil:
		return statusOK
	case errors.As(err, &short):
		return statusShort
	case errors.As(err, &refused):
		return statusRefused
	case errors.Is(err, client.ErrUnacknowledged):
		return statusLost
	}
	return statusUnsent
}

// reason returns the text of an error of the host at an address, without what the columns
// of status and host say already. Part of it may come from the host, so it is escaped.
func reason(err error, address string) string {
	text := err.Error()
	var short *client.CopiesError
	if errors.As(err, &short) && short.Detail != "" {
		text = short.Detail // which hosts lack it
	}
	for _, known := range []string{"refused: ", client.ErrUnacknowledged.Error() + " by " + address + ": "} {
		text = strings.TrimPrefix(text, known)
	}
	return visible(text)
}

// visible returns a text that could be a message as it is, and any other text escaped. So
// nothing that was refused reaches a terminal raw.
func visible(text string) string {
	if record.Classify([]byte(text+"\r\n")) == pzog.Refusal_NONE {
		return text
	}
	return string(record.Escape(nil, []byte(text)))
}

// text returns the result as a line: `LA  ok  1 copy  3.1ms  LA.516ogpwa.1  hello`.
func (r *result) text(width int, p palette) string {
	var columns []string
	if r.Line > 0 {
		columns = append(columns, fmt.Sprintf("%d", r.Line))
	}
	columns = append(columns, fmt.Sprintf("%-*s", width, orDash(r.Host)), p.status(r.Status))
	if r.Copies > 0 {
		columns = append(columns, copies(r.Copies, r.Wanted))
	}
	if r.Copies > 0 && r.latency > 0 {
		columns = append(columns, fmt.Sprintf("%6s", short(r.latency)))
	}
	if r.ID != "" {
		columns = append(columns, r.ID)
	}
	if r.Resends > 0 {
		columns = append(columns, sentAgain(r.Resends))
	}
	if r.Reason != "" {
		columns = append(columns, r.Reason)
	}
	return strings.Join(append(columns, visible(r.Text)), "  ")
}

func orDash(text string) string {
	if text == "" {
		return "-"
	}
	return text
}

func copies(n, wanted int) string {
	switch {
	case wanted > 0:
		return fmt.Sprintf("%d of %d copies", n, wanted)
	case n == 1:
		return "1 copy"
	}
	return fmt.Sprintf("%d copies", n)
}

func sentAgain(times int) string {
	if times == 1 {
		return "sent again"
	}
	return "sent again " + plural.Of(times, "time")
}

// short formats d with about two digits: 85µs, 3.1ms, 31ms, 1.2s, 12s.
func short(d time.Duration) string {
	unit := time.Second
	for d < unit && unit > time.Microsecond {
		unit /= 1000
	}
	if d < 10*unit {
		return d.Round(unit / 10).String()
	}
	return d.Round(unit).String()
}

// describe returns the text of an error that is not about one host.
func (s *settings) describe(err error) string {
	text := s.named(visible(err.Error()))
	if hint := s.hint(text); hint != "" {
		text += "; " + hint
	}
	if !errors.Is(err, client.ErrNoHost) {
		return text
	}
	if s.fallback {
		text += "; no ring file was found, these are the built-in ring's hosts"
	}
	if s.local {
		text += "; only 'zog dev' serves clients there, for a host of 'zog run' use -s NAME"
	}
	return text
}

// named returns a text with the names of hosts for their addresses.
func (s *settings) named(text string) string {
	words := strings.Split(text, " ")
	for i, word := range words {
		address := strings.TrimRight(word, ",:;")
		if address != "" {
			words[i] = s.name(address) + word[len(address):]
		}
	}
	return strings.Join(words, " ")
}

// marshal returns v as one line of JSON, without escapes for HTML. Characters that are not
// printable are escaped, beyond what JSON requires, as the line may reach a terminal.
func marshal(v any) string {
	var buf bytes.Buffer
	e := json.NewEncoder(&buf)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		panic("sprog: " + err.Error()) // v is always a type of this package
	}
	var line []byte
	for _, r := range strings.TrimSuffix(buf.String(), "\n") {
		if unicode.IsPrint(r) {
			line = utf8.AppendRune(line, r)
			continue
		}
		for _, unit := range utf16.AppendRune(nil, r) {
			line = fmt.Appendf(line, `\u%04x`, unit)
		}
	}
	return string(line)
}
