package main

import (
	"fmt"
	"strings"
	"time"

	"xlattice.org/zog/internal/test/figures"
)

// The phases of an attack.
const (
	before = iota
	during
	after
	phases
)

// latency is of single messages of one client, in milliseconds, from when they
// were due until they were answered.
type latency struct {
	P50 float64 `json:"p50"`
	P99 float64 `json:"p99"`
}

// newLatency sums up.
func newLatency(times []time.Duration) latency {
	return latency{milliseconds(figures.Percentile(times, 50)), milliseconds(figures.Percentile(times, 99))}
}

func milliseconds(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

func (l latency) String() string { return format(l.P50) + "/" + format(l.P99) }

// format is a figure with what is worth knowing of it.
func format(f float64) string {
	if f < 10 {
		return fmt.Sprintf("%.1f", f)
	}
	return fmt.Sprintf("%.0f", f)
}

// figure is what was measured of one attack.
type figure struct {
	Attack   string          `json:"attack"`
	Attacked [phases]latency `json:"attacked"` // of the client of the attacked host
	Other    [phases]latency `json:"other"`    // of the client of another host
	Newcomer float64         `json:"newcomer"` // the longest, while it is attacked: ms
	Failed   int             `json:"failed"`   // messages of the honest clients that were not acknowledged
	Memory   float64         `json:"memory"`   // of the attacked daemon, the most: MiB
	CPU      float64         `json:"cpu"`      // of it, while it is attacked: percent of one processor
	ErrorLog float64         `json:"errorLog"` // MiB
	Logs     float64         `json:"logs"`     // all that its log directory has grown by: MiB
	Verify   string          `json:"verify"`   // what zog verify --ring came to
	Did      string          `json:"did"`      // what the attacker came to
	Wrong    []string        `json:"wrong,omitempty"`
}

// bars are what figures are held against.
type bars struct {
	attacked, other float64 // times the p99 before
	floor           float64 // a p99 of the attacked host is always good enough up to here: ms
	newcomer        float64 // ms
	memory          float64 // MiB
	errorLog        float64 // MiB
}

var strict = bars{attacked: 3, other: 2, floor: 20, newcomer: 2000, memory: 96, errorLog: 20}

// missed lists the bars that a figure misses. A p99 of the other host that is not
// more than margin, in milliseconds, over that before is good enough.
func (b *bars) missed(f *figure, margin float64) (all []string) {
	over := func(what string, value, bar float64) {
		if value > bar {
			all = append(all, fmt.Sprintf("%s %s > %s", what, format(value), format(bar)))
		}
	}
	over("attacked p99", f.Attacked[during].P99, max(b.attacked*f.Attacked[before].P99, b.floor))
	over("other p99", f.Other[during].P99, max(b.other*f.Other[before].P99, f.Other[before].P99+margin))
	over("new client", f.Newcomer, b.newcomer)
	over("not acknowledged", float64(f.Failed), 0)
	over("memory", f.Memory, b.memory)
	over("error.log", f.ErrorLog, b.errorLog)
	return append(all, f.Wrong...)
}

// verdict is the last cell of a row.
func verdict(missed []string) string {
	if len(missed) == 0 {
		return "ok"
	}
	return strings.Join(missed, "; ")
}
