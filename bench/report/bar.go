package report

import (
	"fmt"
	"io"
	"math"
	"slices"
	"strings"
)

// bar is something to be reached.
type bar struct {
	work, beside string
	part         string // of the results that it is computed from
	figure       func(r *Results) figure
	bar, aim     limit // an aim goes further than the bar; either may be none
}

// figure is what was measured, or why it was not.
type figure struct {
	value   float64
	missing string // why there is no value
}

const notYet = "not measured yet"

// limit is what a figure must keep. The zero limit is none.
type limit struct {
	way way
	at  float64
}

type way int

const (
	none way = iota
	isAtLeast
	isOver
	isAtMost
	isUnder
)

func atLeast(v float64) limit { return limit{isAtLeast, v} }
func over(v float64) limit    { return limit{isOver, v} }
func atMost(v float64) limit  { return limit{isAtMost, v} }
func under(v float64) limit   { return limit{isUnder, v} }

func (l limit) String() string {
	switch at := short(l.at); l.way {
	case isAtLeast:
		return at + " at least"
	case isOver:
		return "over " + at
	case isAtMost:
		return at + " at most"
	case isUnder:
		return "under " + at
	}
	return "-"
}

// keeps tells whether a figure keeps the limit.
func (l limit) keeps(v float64) bool {
	switch l.way {
	case isAtLeast:
		return v >= l.at
	case isOver:
		return v > l.at
	case isAtMost:
		return v <= l.at
	case isUnder:
		return v < l.at
	}
	return true
}

// missedBy tells how far a figure is from the limit that it does not keep: as a part of the
// limit, or, from 0, by itself.
func (l limit) missedBy(v float64) string {
	if l.at == 0 {
		return "by " + short(v)
	}
	percent := 100 * math.Abs(v-l.at) / l.at
	if percent < 0.1 {
		return "by less than 0.1 %"
	}
	return fmt.Sprintf("by %.1f %%", percent)
}

// verdict says in words whether a figure keeps bar and aim.
func (b *bar) verdict(v float64) string {
	var parts []string
	switch {
	case b.bar.way == none:
	case b.bar.keeps(v):
		parts = append(parts, "met")
	default:
		parts = append(parts, "**missed** "+b.bar.missedBy(v))
	}
	switch {
	case b.aim.way == none:
	case b.aim.keeps(v):
		parts = append(parts, "the aim is met")
	default:
		parts = append(parts, "the aim is missed "+b.aim.missedBy(v))
	}
	return strings.Join(parts, "; ")
}

// row is what the table says of a bar.
func (b *bar) row(r *Results) []string {
	beside := b.beside
	if beside == "" {
		beside = "-"
	}
	cells := []string{b.work, beside, b.bar.String(), b.aim.String()}
	f := b.figure(r)
	if f.missing != "" {
		return append(cells, strings.Join(strings.Fields(f.missing), " "), "-", b.part)
	}
	verdict := b.verdict(f.value)
	if seen := r.Quiet[b.part]; seen != nil && !seen.Quiet() {
		verdict += " (the machine was not quiet)"
	}
	return append(cells, shown(f.value), verdict, b.part)
}

func (r *Results) barGrid() *grid {
	g := &grid{head: []string{"work", "beside", "bar", "aim", "measured", "result", "part"}}
	for i := range bars {
		g.add(bars[i].row(r)...)
	}
	return g
}

// BarsText writes the bars for a terminal.
func (r *Results) BarsText(out io.Writer) error { return r.barGrid().text(out) }

// unlooked are the parts with results of which it is not known how quiet the machine was.
func (r *Results) unlooked() (parts []string) {
	for _, part := range []struct {
		name string
		has  bool
	}{
		{PartCompare, len(r.Works) > 0}, {PartPeers, len(r.Peers) > 0}, {PartLatency, len(r.Latency) > 0}, {PartLong, r.Long != nil},
		{PartGrowth, len(r.Growth) > 0}, {PartMemory, len(r.Memory) > 0}, {PartIdle, len(r.Idle) > 0},
	} {
		if part.has && r.Quiet[part.name] == nil {
			parts = append(parts, part.name)
		}
	}
	return parts
}

// shown writes a number with three digits that count, and a whole one as it is.
func shown(v float64) string {
	if v == math.Trunc(v) {
		return thousands(v)
	}
	return about(v)
}

// short writes a number as shown does, without zeros at its end.
func short(v float64) string {
	s := shown(v)
	if strings.Contains(s, ".") {
		s = strings.TrimRight(s, "0")
	}
	return s
}

// measured is the figure of a median of ratios, of two series of one run.
func measured(over, under []float64) figure {
	s, ok := ratios(over, under)
	if !ok {
		return figure{missing: notYet}
	}
	return figure{value: s.Median}
}

// both returns our series and that of another system, or why one of them is not there.
func both(all []*Series, system string) (our, other *Series, missing string) {
	i, k := find(all, ours), find(all, system)
	if i < 0 || k < 0 {
		return nil, nil, notYet
	}
	for _, s := range []*Series{all[i], all[k]} {
		if s.Skipped != "" {
			return nil, nil, fmt.Sprintf("not measured: %s: %s", s.System, s.Skipped)
		}
	}
	return all[i], all[k], ""
}

// seriesIn returns the series of a work.
func seriesIn(all []*Work, name string) []*Series {
	i := slices.IndexFunc(all, func(w *Work) bool { return w.Name == name })
	if i < 0 {
		return nil
	}
	return all[i].Series
}
