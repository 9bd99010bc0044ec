package e2e

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strings"
	"testing"
)

// sender is a `sprog send -` at work on one host of a ring.
type sender struct {
	*process
	t     *testing.T
	stdin *os.File
}

// startSender starts a sprog that sends to host i what the test writes to it.
func (r *ring) startSender(i int, args ...string) *sender {
	r.t.Helper()
	read, write, err := os.Pipe()
	if err != nil {
		r.t.Fatal(err)
	}
	defer read.Close() // sprog has its own
	r.t.Cleanup(func() { write.Close() })
	args = append([]string{"send", "-", "--config", r.file, "--specificHost", r.Hosts[i].Name, "--output", "json"}, args...)
	return &sender{process: spawn(r.t, read, "sprog", args...), t: r.t, stdin: write}
}

// write hands lines to sprog, and reports whether sprog still takes them.
func (s *sender) write(prefix string, first, last int) bool {
	var b strings.Builder
	for n := first; n <= last; n++ {
		fmt.Fprintf(&b, "%s %d\n", prefix, n)
	}
	_, err := io.WriteString(s.stdin, b.String())
	return err == nil
}

// tally is how sprog sums up.
type tally struct {
	Messages, Acknowledged, Refused, Unacknowledged, Unsent int
}

// outcome is a line of sprog's: on one message, or the tally.
type outcome struct {
	Status, Text string
	tally
}

// finish ends the input, and returns the exit code, the texts that sprog says
// are acknowledged, if it was asked for them, and the tally.
func (s *sender) finish() (code int, acknowledged []string, sum tally) {
	s.t.Helper()
	s.stdin.Close()
	code = s.exit(s.t, patience)
	for line := range strings.Lines(s.stdout.String()) {
		var o outcome
		if err := json.Unmarshal([]byte(line), &o); err != nil {
			s.t.Fatalf("sprog said %q: %v", line, err)
		}
		switch o.Status {
		case "":
			sum = o.tally
		case "ok":
			acknowledged = append(acknowledged, o.Text)
		}
	}
	return code, acknowledged, sum
}

// requireAllKept ends the input, and requires that all so many messages were
// acknowledged.
func (s *sender) requireAllKept(messages int) {
	s.t.Helper()
	code, _, sum := s.finish()
	if want := (tally{Messages: messages, Acknowledged: messages}); code != 0 || sum != want {
		s.t.Errorf("sprog: exit code %d, %+v", code, sum)
	}
}
