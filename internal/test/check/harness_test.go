package check

import (
	"slices"
	"strings"
	"testing"
)

// ring is a run to be checked: what was sent, and the logs of some hosts, each
// a list of "MV.1.1 text", to which a time and CRLF are added; or of "+text",
// which is a line as it is.
type ring struct {
	sent []Message
	logs [][]string
	cfg  Config
}

var hostNames = []string{"MV", "PA", "G"}

// report checks it.
func (r *ring) report(t *testing.T) *Report {
	t.Helper()
	sent := &Record{}
	for _, m := range r.sent {
		sent.Add(m)
	}
	cfg := r.cfg
	cfg.Hosts = hostNames[:len(r.logs)]
	c, err := New(sent, cfg)
	if err != nil {
		t.Fatal(err)
	}
	for i, log := range r.logs {
		if err := c.Log(i).Read("access.log", strings.NewReader(written(log))); err != nil {
			t.Fatal(err)
		}
	}
	return c.Report()
}

// written is a log as it is on disk.
func written(log []string) string {
	var b strings.Builder
	for _, line := range log {
		if raw, ok := strings.CutPrefix(line, "+"); ok {
			b.WriteString(raw)
		} else {
			b.WriteString("2026-11-22T10:26:00Z " + line + "\r\n")
		}
	}
	return b.String()
}

// ok are messages of one sender that MV acknowledged with one copy.
func ok(sender string, texts ...string) []Message {
	var all []Message
	for i, text := range texts {
		all = append(all, Message{Sender: sender, N: uint64(i) + 1, Host: "MV", Text: text, Outcome: Ok, Copies: 1})
	}
	return all
}

// with is the same messages, one of them with another outcome.
func with(all []Message, n int, outcome Outcome) []Message {
	all[n-1].Outcome = outcome
	return all
}

// named is the same messages, with the identities that their sender was told.
func named(all []Message, ids ...string) []Message {
	all = slices.Clone(all)
	for i, id := range ids {
		all[i].ID = id
	}
	return all
}
