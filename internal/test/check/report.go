package check

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"xlattice.org/zog/internal/marks"
)

// Kind is a kind of fault. The package comment describes each.
type Kind uint8

// The kinds.
const (
	Lost Kind = iota
	Duplicated
	Repeated
	Unexpected
	Reordered
	Differing
	Malformed
	Uneven
	Misnamed
)

var kinds = [...]string{"lost", "duplicated", "repeated", "unexpected", "reordered", "differing", "malformed", "uneven", "misnamed"}

func (k Kind) String() string { return kinds[k] }

// Finding is one fault.
type Finding struct {
	marks.Run        // with Seq its identity, if it has one
	Seq       uint64 // 0 if there is none
	Text      string // without CRLF; the whole line if it is malformed
	Segment   string // where it is, if it is in a log
	Line      uint64 // in the segment, from 1
	Detail    string // an explanation for people
}

func (f *Finding) String() string {
	var parts []string
	if f.Line > 0 {
		parts = append(parts, strings.TrimPrefix(fmt.Sprintf("%s:%d", f.Segment, f.Line), ":"))
	}
	if f.Seq > 0 {
		parts = append(parts, fmt.Sprintf("%s.%d", f.Run.Name(), f.Seq))
	}
	parts = append(parts, strconv.Quote(f.Text))
	if f.Detail != "" {
		parts = append(parts, f.Detail)
	}
	return strings.Join(parts, ", ")
}

// Split says where lost messages are among the acknowledged ones of their sender:
// before the first that is in the log, in between, behind the last, or everywhere.
type Split struct{ Prefix, Middle, Tail, Whole uint64 }

// HostReport is what was found in one log.
type HostReport struct {
	Host     string
	Lines    uint64
	Again    uint64             // lines whose text another line before has too; not always a fault (Repeated)
	Counts   [len(kinds)]uint64 // of faults, by Kind
	Lost     Split              // of Counts[Lost]
	Examples [len(kinds)][]Finding
}

// Faults returns the number of faults.
func (h *HostReport) Faults() (n uint64) {
	for _, count := range h.Counts {
		n += count
	}
	return n
}

// Report is what was found in all logs.
type Report struct {
	Acknowledged, Refused, Unknown uint64 // messages of the record
	Hosts                          []HostReport
	others                         bool // there were other senders
}

// Count returns the number of faults of a kind on all hosts.
func (r *Report) Count(kind Kind) (n uint64) {
	for i := range r.Hosts {
		n += r.Hosts[i].Counts[kind]
	}
	return n
}

// Faults returns the number of faults on all hosts.
func (r *Report) Faults() (n uint64) {
	for i := range r.Hosts {
		n += r.Hosts[i].Faults()
	}
	return n
}

// Idle tells whether nothing was acknowledged: then nothing can be lost, and nothing
// was tested. What other senders were told is not known; with them, lines in a log
// are enough.
func (r *Report) Idle() bool {
	logged := func(h HostReport) bool { return h.Lines > 0 }
	return r.Acknowledged == 0 && !(r.others && slices.ContainsFunc(r.Hosts, logged))
}

// OK tells whether there are no faults and the test was not idle.
func (r *Report) OK() bool { return !r.Idle() && r.Faults() == 0 }

// errIdle fails a test in which no message was acknowledged.
var errIdle = errors.New("idle: no message was acknowledged, so that nothing was checked")

// Err returns nil if the report is OK, and otherwise what is wrong, in one line.
func (r *Report) Err() error {
	if r.OK() {
		return nil
	}
	var counts []string
	for kind, name := range kinds {
		if n := r.Count(Kind(kind)); n > 0 {
			counts = append(counts, fmt.Sprintf("%d %s", n, name))
		}
	}
	switch {
	case len(counts) == 0:
		return errIdle
	case r.Idle():
		counts = append(counts, "and no message was acknowledged")
	}
	return errors.New("the logs have faults: " + strings.Join(counts, ", "))
}

// String returns the report for people.
func (r *Report) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%d messages: %d acknowledged, %d refused, %d unknown\n",
		r.Acknowledged+r.Refused+r.Unknown, r.Acknowledged, r.Refused, r.Unknown)
	for i := range r.Hosts {
		r.Hosts[i].write(&b)
	}
	if err := r.Err(); err != nil {
		fmt.Fprintf(&b, "%v\n", err)
	} else {
		b.WriteString("the logs have no faults\n")
	}
	return b.String()
}

func (h *HostReport) write(b *strings.Builder) {
	fmt.Fprintf(b, "%-16s %9d lines, %d faults", h.Host, h.Lines, h.Faults())
	if h.Again > 0 {
		fmt.Fprintf(b, ", %d texts under another id again", h.Again)
	}
	b.WriteByte('\n')
	for kind, count := range h.Counts {
		if count == 0 {
			continue
		}
		fmt.Fprintf(b, "  %d %s", count, kinds[kind])
		if s := h.Lost; Kind(kind) == Lost {
			fmt.Fprintf(b, " of their senders' prefix %d, middle %d, tail %d, whole %d", s.Prefix, s.Middle, s.Tail, s.Whole)
		}
		b.WriteByte('\n')
		shown := h.Examples[kind]
		for i := range shown {
			fmt.Fprintf(b, "    %v\n", &shown[i])
		}
		if more := count - uint64(len(shown)); more > 0 {
			fmt.Fprintf(b, "    and %d more\n", more)
		}
	}
}
