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

// latency is the time from when a message was due until it was answered, in milliseconds.
type latency struct {
	P50 float64 `json:"p50"`
	P99 float64 `json:"p99"`
}

// newLatency returns percentiles of some times.
func newLatency(times []time.Duration) latency {
	return latency{milliseconds(figures.Percentile(times, 50)), milliseconds(figures.Percentile(times, 99))}
}

func milliseconds(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

func (l latency) String() string { return format(l.P50) + "/" + format(l.P99) }

// format formats a figure with one decimal below 10, and none above.
func format(f float64) string {
	if f < 10 {
		return fmt.Sprintf("%.1f", f)
	}
	return fmt.Sprintf("%.0f", f)
}

// figure has the measurements of one attack.
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
	Verify   string          `json:"verify"`   // result of zog verify --ring
	Did      string          `json:"did"`      // result of the attacker
	Wrong    []string        `json:"wrong,omitempty"`
}

// bars are the limits for figures.
type bars struct {
	attacked, other float64 // times the p99 before
	floor           float64 // a p99 of the attacked host is always good enough up to here: ms
	newcomer        float64 // ms
	memory          float64 // MiB
	errorLog        float64 // MiB
}

var strict = bars{attacked: 3, other: 2, floor: 20, newcomer: 2000, memory: 96, errorLog: 20}

// missed lists the bars that a figure misses. The p99 of the other host may always be margin
// milliseconds more than before.
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

// verdict returns the last cell of a row.
func verdict(missed []string) string {
	if len(missed) == 0 {
		return "ok"
	}
	return strings.Join(missed, "; ")
}
