package quiet

import (
	"cmp"
	"math"
	"slices"
	"time"
)

// Reading is what the machine's counters said at one moment. Times are of all processors
// together, since some moment of the past.
type Reading struct {
	At         time.Duration // a clock that never goes back
	Own        time.Duration // used by this process
	Processors int           // of the machine; 0 if its counters cannot be read
	Busy       time.Duration // used by anybody
	Stolen     time.Duration // taken by the hypervisor
	Grouped    bool          // the control group tells what it uses
	Group      time.Duration // used by the control group
	Throttled  time.Duration // in which the control group had to stop
	Programs   map[int]Program
}

// Program is a process and what it has used.
type Program struct {
	Name string
	Used time.Duration
}

// Bounds of the list of the busiest.
const (
	mostBusiest  = 3
	leastBusiest = 0.5 // percent
)

// Between returns what two readings tell, of a program that may use so many processors.
// self is its process. Of the ways to tell what others use, the one that tells most counts:
// each misses something, and none adds anything.
func Between(before, after *Reading, processors, self int) Seen {
	s := Seen{Processors: processors}
	lasts := after.At - before.At
	percent := func(used time.Duration, of int) float64 {
		if lasts <= 0 || of <= 0 {
			return 0
		}
		return round(100 * max(0, used.Seconds()) / (lasts.Seconds() * float64(of)))
	}
	own := after.Own - before.Own
	s.Untold = after.Processors == 0 && !after.Grouped
	s.Others = percent(after.Busy-before.Busy-own, after.Processors)
	if before.Grouped && after.Grouped {
		s.Others = max(s.Others, percent(after.Group-before.Group-own, processors))
		s.Throttled = percent(after.Throttled-before.Throttled, processors)
	}
	s.Stolen = percent(after.Stolen-before.Stolen, after.Processors)
	of := cmp.Or(after.Processors, processors)
	var all time.Duration
	for pid, p := range after.Programs {
		if pid == self {
			continue
		}
		used := max(0, p.Used-before.Programs[pid].Used) // all of it, if it is new
		all += used
		if share := percent(used, of); share >= leastBusiest {
			s.Busiest = append(s.Busiest, Process{Name: p.Name, Pid: pid, Used: share})
		}
	}
	s.Others = max(s.Others, percent(all, of))
	slices.SortFunc(s.Busiest, func(a, b Process) int { return cmp.Or(cmp.Compare(b.Used, a.Used), cmp.Compare(a.Pid, b.Pid)) })
	s.Busiest = s.Busiest[:min(mostBusiest, len(s.Busiest))]
	return s
}

// StolenBetween returns how much the hypervisor has taken, in percent of all processors.
func StolenBetween(before, after *Reading) float64 {
	s := Between(before, after, 0, 0)
	return s.Stolen
}

// lateness returns the 99th percentile of how late sleeps were, in microseconds, and 0 if
// there were none.
func lateness(late []time.Duration) float64 {
	if len(late) == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(late))
	return round(float64(sorted[(len(sorted)-1)*99/100].Nanoseconds()) / 1000)
}

// lost returns which part loops went without that wanted so much time and had so much.
func lost(wanted, had time.Duration) float64 {
	if wanted <= 0 {
		return 0
	}
	return round(100 * max(0, 1-had.Seconds()/wanted.Seconds()))
}

// round leaves two digits behind the point.
func round(v float64) float64 { return math.Round(v*100) / 100 }
