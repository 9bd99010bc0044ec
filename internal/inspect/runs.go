package inspect

import (
	"slices"
	"sort"

	"xlattice.org/zog/internal/marks"
	"xlattice.org/zog/internal/record"
	"xlattice.org/zog/internal/verify"
)

// logRuns is the messages of a log, run by run.
type logRuns struct {
	all  map[marks.Run]*runSeqs
	last *runSeqs // the last one looked up: the next line is most often of it
}

// runSeqs is the seqs of one run.
type runSeqs struct {
	marks.Run
	held  []marks.Mark // sorted; a single range if none is missing
	twice []marks.Mark // in the order of the log
	late  []marks.Mark // behind messages that should be behind them
}

// add adds a record.
func (r *logRuns) add(rec *record.Record) {
	name := marks.Run{Origin: rec.Origin, Boot: rec.Boot}
	if r.last == nil || r.last.Run != name {
		if r.all == nil {
			r.all = make(map[marks.Run]*runSeqs)
		}
		if r.all[name] == nil {
			r.all[name] = &runSeqs{Run: name}
		}
		r.last = r.all[name]
	}
	r.last.add(rec.Seq)
}

func (r *runSeqs) add(seq uint64) {
	n := len(r.held)
	if n == 0 || seq > r.held[n-1].Seq {
		r.held = r.extend(r.held, seq)
		return
	}
	i := sort.Search(n, func(i int) bool { return seq <= r.held[i].Seq })
	if r.held[i].First <= seq {
		r.twice = r.extend(r.twice, seq)
		return
	}
	r.late = r.extend(r.late, seq)
	r.insert(i, seq)
}

// extend adds seq to the last of some ranges, or begins another one.
func (r *runSeqs) extend(ranges []marks.Mark, seq uint64) []marks.Mark {
	if n := len(ranges); n > 0 && ranges[n-1].Seq+1 == seq {
		ranges[n-1].Seq = seq
		return ranges
	}
	return append(ranges, marks.Mark{Run: r.Run, First: seq, Seq: seq})
}

// insert adds seq, which is between range i and the one before.
func (r *runSeqs) insert(i int, seq uint64) {
	switch {
	case i > 0 && r.held[i-1].Seq+1 == seq:
		r.held[i-1].Seq = seq
	case seq+1 == r.held[i].First:
		r.held[i].First = seq
	default:
		r.held = slices.Insert(r.held, i, marks.Mark{Run: r.Run, First: seq, Seq: seq})
	}
}

// ranges returns all ranges of one kind, sorted.
func (r *logRuns) ranges(of func(*runSeqs) []marks.Mark) []marks.Mark {
	var all []marks.Mark
	for _, run := range r.all {
		all = append(all, of(run)...)
	}
	return verify.Join(all)
}

// aboveFloors returns the ranges that are held above the floors of their runs. An
// empty range, whose Seq is First-1, says where a run begins, even if nothing of it
// is held: for each floor, and, if the floors are known, at 1 for each run without
// one.
func (r *logRuns) aboveFloors(floors map[marks.Run]uint64) []marks.Mark {
	var all []marks.Mark
	for name, floor := range floors {
		all = append(all, marks.Mark{Run: name, First: floor + 1, Seq: floor})
	}
	for name, run := range r.all {
		if _, retired := floors[name]; !retired && floors != nil {
			all = append(all, marks.Mark{Run: name, First: 1})
		}
		for _, h := range run.held {
			if h.Seq > floors[name] {
				h.First = max(h.First, floors[name]+1)
				all = append(all, h)
			}
		}
	}
	return verify.Join(all)
}

func twice(r *runSeqs) []marks.Mark { return r.twice }
func late(r *runSeqs) []marks.Mark  { return r.late }
