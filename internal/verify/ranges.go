package verify

import (
	"cmp"
	"math"
	"slices"
	"strconv"

	"xlattice.org/zog/internal/marks"
)

// Text returns a range for people: LA.1k9x3z.7-9, or LA.1k9x3z.7 for a single
// message.
func Text(r marks.Mark) string {
	text := r.Run.Name() + "." + strconv.FormatUint(r.First, 10)
	if r.Seq > r.First {
		text += "-" + strconv.FormatUint(r.Seq, 10)
	}
	return text
}

// Count returns the number of messages in ranges that do not overlap.
func Count(ranges []marks.Mark) (n uint64) {
	for _, r := range ranges {
		n += r.Seq - r.First + 1
	}
	return n
}

// compare orders ranges by run, and then by First.
func compare(a, b marks.Mark) int {
	return cmp.Or(cmp.Compare(a.Origin, b.Origin), cmp.Compare(a.Boot, b.Boot), cmp.Compare(a.First, b.First))
}

// Disjoint tells whether no message is in two of the ranges.
func Disjoint(ranges []marks.Mark) bool {
	sorted := slices.SortedFunc(slices.Values(ranges), compare)
	for i := 1; i < len(sorted); i++ {
		if before := sorted[i-1]; before.Run == sorted[i].Run && sorted[i].First <= before.Seq {
			return false
		}
	}
	return true
}

// Join sorts ranges, and joins those that touch or overlap.
func Join(ranges []marks.Mark) []marks.Mark {
	sorted := slices.SortedFunc(slices.Values(ranges), compare)
	joined := sorted[:0]
	for _, r := range sorted {
		last := len(joined) - 1
		if last >= 0 && joined[last].Run == r.Run && r.First-1 <= joined[last].Seq {
			joined[last].Seq = max(joined[last].Seq, r.Seq)
		} else {
			joined = append(joined, r)
		}
	}
	return joined
}

// Holdings is what a host holds: what it says, or what is in its files.
type Holdings struct {
	runs map[marks.Run]*holding
}

// holding is what a host holds of one run. It does not hold the messages before begin
// any more, and that is no fault: old lines are retired.
type holding struct {
	begin uint64
	held  []marks.Mark // sorted; more than one if messages are missing between
}

// NewHoldings takes the ranges that a host holds. An empty one, whose First is above
// its Seq, says that the run begins at First.
func NewHoldings(ranges []marks.Mark) *Holdings {
	h := &Holdings{runs: make(map[marks.Run]*holding)}
	for _, r := range Join(ranges) {
		run := h.runs[r.Run]
		if run == nil {
			run = &holding{begin: r.First}
			h.runs[r.Run] = run
		}
		if r.First <= r.Seq {
			run.held = append(run.held, r)
		}
	}
	return h
}

// Union returns what all hosts should hold, sorted: of each run the messages from the
// oldest to the newest that any of them holds or should hold.
func Union(hosts []*Holdings) []marks.Mark {
	all := make(map[marks.Run]marks.Mark)
	for _, h := range hosts {
		for run, r := range h.runs {
			if len(r.held) == 0 {
				continue
			}
			m := marks.Mark{Run: run, First: r.begin, Seq: r.held[len(r.held)-1].Seq}
			if old, ok := all[run]; ok {
				m.First, m.Seq = min(m.First, old.First), max(m.Seq, old.Seq)
			}
			all[run] = m
		}
	}
	union := make([]marks.Mark, 0, len(all))
	for _, m := range all {
		union = append(union, m)
	}
	slices.SortFunc(union, compare)
	return union
}

// Lacking returns the parts of target that the host should hold and does not.
func (h *Holdings) Lacking(target []marks.Mark) []marks.Mark {
	var lacking []marks.Mark
	for _, t := range target {
		r := h.runs[t.Run]
		if r == nil {
			lacking = append(lacking, t)
			continue
		}
		lacking = append(lacking, r.lacking(t)...)
	}
	return lacking
}

func (r *holding) lacking(t marks.Mark) (lacking []marks.Mark) {
	from := max(t.First, r.begin)
	for _, held := range r.held {
		if from > t.Seq {
			return lacking
		}
		if held.First > from {
			lacking = append(lacking, marks.Mark{Run: t.Run, First: from, Seq: min(held.First-1, t.Seq)})
		}
		if held.Seq == math.MaxUint64 {
			return lacking
		}
		from = max(from, held.Seq+1)
	}
	if from <= t.Seq {
		lacking = append(lacking, marks.Mark{Run: t.Run, First: from, Seq: t.Seq})
	}
	return lacking
}

// Begins returns, for each run in target whose oldest lines the host does not hold
// any more, the first message that it should hold.
func (h *Holdings) Begins(target []marks.Mark) []marks.Mark {
	var begins []marks.Mark
	for _, t := range target {
		if r := h.runs[t.Run]; r != nil && r.begin > 1 {
			begins = append(begins, marks.Mark{Run: t.Run, First: r.begin, Seq: r.begin})
		}
	}
	return begins
}

// Piece is a range, and the indexes of the hosts that hold all of it.
type Piece struct {
	marks.Mark
	Holders []int
}

// Shared cuts target into pieces that each host holds completely or not at all, and
// returns those that at least least hosts hold.
func Shared(target []marks.Mark, hosts []*Holdings, least int) []Piece {
	var pieces []Piece
	for _, t := range target {
		cuts := cuts(t, hosts)
		for i := 1; i < len(cuts); i++ {
			// The last cut may be 2^64, which is 0.
			p := Piece{Mark: marks.Mark{Run: t.Run, First: cuts[i-1], Seq: cuts[i] - 1}}
			for i, h := range hosts {
				if h.runs[t.Run].holds(p.Mark) {
					p.Holders = append(p.Holders, i)
				}
			}
			if len(p.Holders) >= least {
				pieces = append(pieces, p)
			}
		}
	}
	return pieces
}

// cuts returns where to cut t: the seqs in it at which a range of some host begins or
// has ended, and both ends of t.
func cuts(t marks.Mark, hosts []*Holdings) []uint64 {
	cuts := []uint64{t.First}
	for _, h := range hosts {
		r := h.runs[t.Run]
		if r == nil {
			continue
		}
		for _, held := range r.held {
			for _, at := range []uint64{held.First, held.Seq + 1} {
				if at > t.First && at <= t.Seq {
					cuts = append(cuts, at)
				}
			}
		}
	}
	slices.Sort(cuts)
	return append(slices.Compact(cuts), t.Seq+1)
}

// holds tells whether all of p is held.
func (r *holding) holds(p marks.Mark) bool {
	if r == nil {
		return false
	}
	return slices.ContainsFunc(r.held, func(held marks.Mark) bool {
		return held.First <= p.First && p.Seq <= held.Seq
	})
}
