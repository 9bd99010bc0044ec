package main

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"xlattice.org/zog/client"
	"xlattice.org/zog/internal/cli"
	"xlattice.org/zog/internal/plural"
)

// Exit codes besides those of package cli.
const (
	codeUnacknowledged = 3 // some messages were refused or not acknowledged
	codeNoHost         = 4 // no host was reached
	codeShort          = 5 // all messages are kept, some by fewer hosts than --copies
)

const exitHelp = `

Exit codes:
  0  all messages were acknowledged
  1  failed
  2  a wrong flag, argument or ring file
  3  some messages were refused, or not acknowledged
  4  no host was reached
  5  all messages are kept, but some by fewer hosts than --copies asks for
  141  the reader of the results is gone, as in sprog send - -v | head -1`

// The types of JSON lines.
const (
	messageType = "message"
	summaryType = "summary"
)

// tally counts messages by their status. Each is one of Acknowledged, Refused,
// Unacknowledged and Unsent.
type tally struct {
	Type           string   `json:"type"` // summaryType
	Messages       int      `json:"messages"`
	Acknowledged   int      `json:"acknowledged"`
	Refused        int      `json:"refused"`
	Unacknowledged int      `json:"unacknowledged"`
	Unsent         int      `json:"unsent"`
	Short          int      `json:"short"`            // of Acknowledged: kept by fewer hosts than --copies
	Resent         int      `json:"resent"`           // of all: sent again; these may be in the logs twice
	Unread         bool     `json:"unread,omitempty"` // the rest of the input was not read
	Hosts          []string `json:"hosts"`            // names of the hosts used, in order of first use
	Seconds        float64  `json:"seconds"`
	Rate           float64  `json:"rate"` // acknowledged messages a second
}

// add counts one message.
func (t *tally) add(r *result) {
	t.count(r.Status, r.Resends)
	t.addHost(r.Host)
}

// count counts a message with a status, which was sent again so often.
func (t *tally) count(status string, resends int) {
	t.Messages++
	switch status {
	case statusOK:
		t.Acknowledged++
	case statusShort:
		t.Acknowledged++
		t.Short++
	case statusRefused:
		t.Refused++
	case statusLost:
		t.Unacknowledged++
	default:
		t.Unsent++
	}
	if resends > 0 {
		t.Resent++
	}
}

// merge adds the messages and hosts of another tally.
func (t *tally) merge(other *tally) {
	t.Messages += other.Messages
	t.Acknowledged += other.Acknowledged
	t.Refused += other.Refused
	t.Unacknowledged += other.Unacknowledged
	t.Unsent += other.Unsent
	t.Short += other.Short
	t.Resent += other.Resent
	for _, host := range other.Hosts {
		t.addHost(host)
	}
}

func (t *tally) addHost(host string) {
	if host != "" && !slices.Contains(t.Hosts, host) {
		t.Hosts = append(t.Hosts, host)
	}
}

// setElapsed sets the duration, and the rate with it.
func (t *tally) setElapsed(d time.Duration) {
	t.Seconds = d.Round(time.Microsecond).Seconds()
	if t.Seconds > 0 {
		t.Rate = float64(int64(float64(t.Acknowledged) / t.Seconds))
	}
}

// tallyOf returns the tally of a pipeline.
func (s *settings) tallyOf(sum *client.Summary) *tally {
	t := &tally{
		Type: summaryType, Messages: sum.Total(), Acknowledged: sum.Acknowledged, Refused: sum.Refused,
		Unacknowledged: sum.Unacknowledged, Unsent: sum.Unsent, Short: sum.Short, Resent: sum.Resent,
		Hosts: []string{},
	}
	for _, address := range sum.Hosts {
		t.addHost(s.name(address))
	}
	t.setElapsed(sum.Elapsed)
	return t
}

// text returns the tally as one line.
func (t *tally) text() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s: %d acknowledged, %d refused, %d unacknowledged", plural.Of(t.Messages, "message"), t.Acknowledged, t.Refused, t.Unacknowledged)
	for _, more := range []struct {
		count int
		what  string
	}{{t.Unsent, "unsent"}, {t.Short, "short of copies"}, {t.Resent, "sent again"}} {
		if more.count > 0 {
			fmt.Fprintf(&b, ", %d %s", more.count, more.what)
		}
	}
	if len(t.Hosts) > 0 {
		fmt.Fprintf(&b, "; to %s", strings.Join(t.Hosts, ", "))
	}
	fmt.Fprintf(&b, "; %s", short(time.Duration(t.Seconds*float64(time.Second))))
	if t.Messages > 1 {
		fmt.Fprintf(&b, ", %.0f a second", t.Rate)
	}
	if t.Unread {
		b.WriteString("; the rest of the input was not read")
	}
	return b.String()
}

// exit returns the error that sets the exit code, or nil if everything is acknowledged. It
// has no text, as the tally was printed.
func (t *tally) exit() error {
	switch {
	case t.Acknowledged == t.Messages && t.Short == 0:
		return nil
	case t.Acknowledged == t.Messages:
		return &cli.Exit{Code: codeShort}
	case len(t.Hosts) == 0 && t.Unsent > 0:
		return &cli.Exit{Code: codeNoHost}
	}
	return &cli.Exit{Code: codeUnacknowledged}
}
