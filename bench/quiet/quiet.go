// Package quiet tells whether a machine is quiet enough to measure on it.
//
// [Look] looks at the machine for a while: how much processor time others use, by the
// processors' own counters, by those of the control group, and by process; how much the
// hypervisor takes; and how much loops of its own are disturbed. What it finds is a
// [Seen], which says in words what that means. All but [Look] and [Read] is pure.
package quiet

import (
	"fmt"
	"strings"
)

// Seen is what was seen of a machine. Percentages are of all Processors together.
type Seen struct {
	Date       string  // of the look, in UTC
	Processors int     // that this program may use
	Others     float64 // percent, used by other programs
	Untold     bool    `json:",omitempty"` // the machine does not tell what others use
	Stolen     float64 // percent, taken by the hypervisor
	Throttled  float64 // percent of the time in which the control group had to stop
	Lost       float64 // percent that loops on all processors went without
	Late       float64 // microseconds that a sleep of 1 ms was too long, 99th percentile

	Busiest   []Process `json:",omitempty"` // the programs that used most, most first
	Meanwhile float64   // percent that the hypervisor took while the measurement ran
}

// Process is a program and what it used, in percent of all processors.
type Process struct {
	Name string
	Pid  int
	Used float64
}

// With more than this a machine is not quiet.
const (
	maxOthers    = 3.0 // percent
	maxStolen    = 1.0
	maxThrottled = 0.0
	maxLost      = 5.0
	maxLate      = 500.0 // microseconds
)

// Reasons says why the machine is not quiet. There are none if it is.
func (s *Seen) Reasons() (why []string) {
	for _, r := range []struct {
		what       string
		seen, most float64
		unit, more string
	}{
		{"others use", s.Others, maxOthers, "% of " + s.processors(), s.busiest()},
		{"the hypervisor takes", s.Stolen, maxStolen, "%", ""},
		{"the control group is stopped for", s.Throttled, maxThrottled, "% of the time", ""},
		{"loops on all processors lose", s.Lost, maxLost, "%", ""},
		{"a timer of 1 ms is late at p99 by", s.Late / 1000, maxLate / 1000, "ms", ""},
		{"while it was measured the hypervisor took", s.Meanwhile, maxStolen, "%", ""},
	} {
		if r.seen > r.most {
			why = append(why, fmt.Sprintf("%s %s %s (quiet is %s%s)", r.what, short(r.seen), r.unit, short(r.most), r.more))
		}
	}
	return why
}

// Quiet tells whether there is no reason to doubt what is measured.
func (s *Seen) Quiet() bool { return len(s.Reasons()) == 0 }

// String is all that was seen, in one line.
func (s *Seen) String() string {
	word := "quiet"
	if !s.Quiet() {
		word = "not quiet"
	}
	others := fmt.Sprintf("others use %s %% of %s", short(s.Others), s.processors())
	if s.Untold {
		others = fmt.Sprintf("what others use of %s is not told here", s.processors())
	}
	parts := []string{others, fmt.Sprintf("the hypervisor takes %s %%", short(s.Stolen))}
	if s.Throttled > 0 {
		parts = append(parts, fmt.Sprintf("the control group is stopped for %s %% of the time", short(s.Throttled)))
	}
	return fmt.Sprintf("%s: %s, loops on all of them lose %s %%, a timer of 1 ms is late by %s ms at p99",
		word, strings.Join(parts, ", "), short(s.Lost), short(s.Late/1000))
}

// Warning is what an operator is to be told, or empty if the machine is quiet.
func (s *Seen) Warning() string {
	if s.Quiet() {
		return ""
	}
	return "WARNING: the machine is not quiet: " + strings.Join(s.Reasons(), "; ") + ". Rates and ratios of this run may be off."
}

func (s *Seen) processors() string {
	if s.Processors == 1 {
		return "1 processor"
	}
	return fmt.Sprintf("%d processors", s.Processors)
}

// busiest names the programs that used most, behind a semicolon.
func (s *Seen) busiest() string {
	if len(s.Busiest) == 0 {
		return "; no program that uses much is still there"
	}
	var names []string
	for _, p := range s.Busiest {
		names = append(names, fmt.Sprintf("%s (%d) %s %%", p.Name, p.Pid, short(p.Used)))
	}
	return "; most: " + strings.Join(names, ", ")
}

// short writes a number with as many digits as count.
func short(v float64) string {
	switch {
	case v == 0:
		return "0"
	case v >= 10:
		return fmt.Sprintf("%.0f", v)
	case v >= 0.095:
		return fmt.Sprintf("%.1f", v)
	}
	return fmt.Sprintf("%.2f", v)
}
