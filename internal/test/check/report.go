package check

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"xlattice.org/zog/internal/marks"
)

// Kind is a kind of fault. The package comment says what each is.
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
)

var kinds = [...]string{"lost", "duplicated", "repeated", "unexpected", "reordered", "differing", "malformed", "uneven"}

func (k Kind) String() string { return kinds[k] }

// Finding is one fault.
type Finding struct {
	marks.Run        // its id, if there is one
	Seq       uint64 // 0 if there is none
	Text      string // without CRLF, but the whole line if it is malformed
	Segment   string // where it stands, if it does
	Line      uint64 // in the segment, from 1
	Detail    string // more, for people
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

// Split says where in the acknowledged messages of their senders the lost ones
// are: before the first that is there, in between, behind the last, or all.
type Split struct{ Prefix, Middle, Tail, Whole uint64 }

// HostReport is what was found in one log.
type HostReport struct {
	Host     string
	Lines    uint64
	Again    uint64             // lines whose text stood before under another id; a fault if Repeated
	Counts   [len(kinds)]uint64 // of faults, by Kind
	Lost     Split              // of Counts[Lost]
	Examples [len(kinds)][]Finding
}

// Faults is how many there are.
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

// Count is how many faults of a kind there are, on all hosts.
func (r *Report) Count(kind Kind) (n uint64) {
	for i := range r.Hosts {
		n += r.Hosts[i].Counts[kind]
	}
	return n
}

// Faults is how many faults there are on all hosts.
func (r *Report) Faults() (n uint64) {
	for i := range r.Hosts {
		n += r.Hosts[i].Faults()
	}
	return n
}

// Idle tells whether nothing was acknowledged: then nothing was promised, and
// nothing can have been lost. What other senders were told shows by what is there.
func (r *Report) Idle() bool {
	logged := func(h HostReport) bool { return h.Lines > 0 }
	return r.Acknowledged == 0 && !(r.others && slices.ContainsFunc(r.Hosts, logged))
}

// OK tells whether the logs are as they should be, and the run was not idle.
func (r *Report) OK() bool { return !r.Idle() && r.Faults() == 0 }

// errIdle does not let a run pass that could not fail.
var errIdle = errors.New("idle: no message was acknowledged, so that nothing was checked")

// Err returns nil if the report is OK, and otherwise what is wrong in one line.
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

// String is the report as a page.
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
