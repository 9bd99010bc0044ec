package marks

import (
	"fmt"
	"maps"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// few is a domain so small that chance finds all that can meet in a Vector.
var few = []Run{{"LA", 1}, {"LA", 2}, {"S", 1}, {"S", 3}}

func drawRun(r *rapid.T) Run       { return rapid.SampledFrom(few).Draw(r, "run") }
func drawSeq(r *rapid.T) uint64    { return rapid.Uint64Range(0, 5).Draw(r, "seq") }
func drawMark(r *rapid.T) Mark     { return Mark{drawRun(r), drawSeq(r), drawSeq(r)} }
func drawVector(r *rapid.T) []Mark { return rapid.SliceOf(rapid.Custom(drawMark)).Draw(r, "vector") }

// model is a Vector without its short cuts.
type model map[Run]Mark

func (m model) set(mark Mark) {
	mark.First = max(mark.First, 1)
	if m[mark.Run] = mark; mark.Seq == 0 {
		delete(m, mark.Run)
	}
}

// take takes message by message.
func (m model) take(run Run, first uint64, n int) (had, took int) {
	for seq := first; seq < first+uint64(n); seq++ {
		switch have := m[run]; {
		case seq <= have.Seq:
			had++
		case seq == have.Seq+1:
			m.set(Mark{run, seq, have.First})
			took++
		}
	}
	return had, took
}

func (m model) raise(run Run, seq uint64) {
	if have := m[run]; seq > have.Seq {
		m.set(Mark{run, seq, have.First})
	}
}

func (m model) marks() []Mark { return slices.SortedFunc(maps.Values(m), Compare) }

func (m model) merge(mark Mark) {
	have := m[mark.Run]
	m.set(Mark{mark.Run, max(have.Seq, mark.Seq), max(have.First, mark.First)})
}

// lacking counts the lines one by one.
func (m model) lacking(other model) map[Run]uint64 {
	first := make(map[Run]uint64)
	for _, run := range few {
		for line := other[run].Seq; line > m[run].Seq && line >= other[run].First; line-- {
			first[run] = line
		}
	}
	return first
}

// changes has the runs that disappeared with Seq and First 0.
func (m model) changes(since model) (changed []Mark) {
	for _, run := range few {
		if m[run] != since[run] {
			changed = append(changed, Mark{run, m[run].Seq, m[run].First})
		}
	}
	return changed
}

// pair is a Vector beside its model.
type pair struct {
	table *Vector
	model model
}

func (p *pair) offer(r *rapid.T) {
	run, seq := drawRun(r), min(drawSeq(r), 1<<63)
	n := rapid.IntRange(1, 3).Draw(r, "messages")
	had, took := p.table.Take(run, seq, n)
	wantHad, wantTook := p.model.take(run, seq, n)
	if had != wantHad || took != wantTook {
		r.Fatalf("Offer(%v, %d, %d) = %d, %d, want %d, %d", run, seq, n, had, took, wantHad, wantTook)
	}
}

func (p *pair) set(r *rapid.T) {
	m := drawMark(r)
	p.table.Set(m)
	p.model.set(m)
}

func (p *pair) raise(r *rapid.T) {
	run, seq := drawRun(r), drawSeq(r)
	p.table.Raise(run, seq)
	p.model.raise(run, seq)
}

func (p *pair) merge(r *rapid.T) {
	m := drawMark(r)
	p.table.Merge(m)
	p.model.merge(m)
}

func (p *pair) apply(r *rapid.T) {
	vector, delta := drawVector(r), rapid.Bool().Draw(r, "delta")
	p.table.Apply(vector, delta)
	if !delta {
		clear(p.model)
	}
	for _, m := range vector {
		p.model.set(m)
	}
}

func (p *pair) check(r *rapid.T) {
	if got, want := p.table.Marks(), p.model.marks(); !slices.Equal(got, want) {
		r.Fatalf("marks %v, want %v", got, want)
	}
	if p.table.Len() != len(p.model) {
		r.Fatalf("%d runs, want %d", p.table.Len(), len(p.model))
	}
	for _, run := range few {
		if p.table.Seq(run) != p.model[run].Seq {
			r.Fatalf("Seq(%v) = %d, want %d", run, p.table.Seq(run), p.model[run].Seq)
		}
		if got, want := p.table.First(run), max(1, p.model[run].First); got != want {
			r.Fatalf("First(%v) = %d, want %d", run, got, want)
		}
	}
}

// Two vectors change on their own, and sometimes one becomes a copy of the other.
func TestATableIsAMapFromRunsToMarks(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		a, b, lack := &pair{new(Vector), model{}}, &pair{new(Vector), model{}}, new(Backlog)
		either := func(act func(*pair, *rapid.T)) func(*rapid.T) {
			return func(r *rapid.T) { act(rapid.SampledFrom([]*pair{a, b}).Draw(r, "table"), r) }
		}
		r.Repeat(map[string]func(*rapid.T){
			"offer": either((*pair).offer),
			"set":   either((*pair).set),
			"raise": either((*pair).raise),
			"merge": either((*pair).merge),
			"apply": either((*pair).apply),
			"clone": func(*rapid.T) { b = &pair{a.table.Clone(), maps.Clone(a.model)} },
			"": func(r *rapid.T) {
				a.check(r)
				b.check(r)
				compareTables(r, a, b, lack)
			},
		})
	})
}

func compareTables(r *rapid.T, a, b *pair, lack *Backlog) {
	want := a.model.lacking(b.model)
	if lack.Update(a.table, b.table); !maps.Equal(lack.Firsts(), want) || lack.Len() != len(want) {
		r.Fatalf("lacking is %v, want %v: %v, %v", lack.Firsts(), want, a.model, b.model)
	}
	for _, run := range few {
		if first, lacks := a.table.FirstMissing(b.table, run); first != want[run] || lacks != (want[run] > 0) {
			r.Fatalf("LackingOf %v is %d, %v; want %d", run, first, lacks, want[run])
		}
	}
	delta := a.table.Changes(b.table)
	if want := a.model.changes(b.model); !slices.Equal(delta, want) {
		r.Fatalf("changes %v, want %v", delta, want)
	}
	copied := b.table.Clone()
	copied.Apply(delta, true)
	if got, want := copied.Marks(), a.table.Marks(); !slices.Equal(got, want) {
		r.Fatalf("after the changes a copy has %v, want %v", got, want)
	}
}

// What is taken message by message is complete from 1 on, whatever comes.
func TestOfferTakesOneTwoThree(t *testing.T) {
	var table Vector
	for _, tt := range []struct {
		first     uint64
		n         int
		had, took int
	}{
		{0, 1, 1, 0}, {2, 1, 0, 0}, {1<<64 - 1, 1, 0, 0}, {2, 5, 0, 0}, {1, 1, 0, 1}, {1, 1, 1, 0}, {3, 1, 0, 0},
		{1, 2, 1, 1}, {3, 4, 0, 4}, {2, 3, 3, 0}, {0, 1, 1, 0}, {5, 4, 2, 2},
	} {
		have := table.Seq(few[0])
		if had, took := table.Take(few[0], tt.first, tt.n); had != tt.had || took != tt.took {
			t.Errorf("of %d from %d on behind %d: %d, %d; want %d, %d", tt.n, tt.first, have, had, took, tt.had, tt.took)
		}
	}
	if want := []Mark{{few[0], 8, 1}}; !slices.Equal(table.Marks(), want) {
		t.Errorf("marks %v, want %v", table.Marks(), want)
	}
}

func TestTheLastNumberOfARunEndsIt(t *testing.T) {
	var table Vector
	table.Set(Mark{few[0], 1<<64 - 1, 1})
	for _, seq := range []uint64{0, 1, 1<<64 - 1} {
		if had, took := table.Take(few[0], seq, 1); had != 1 || took != 0 {
			t.Errorf("Offer of %d: %d, %d", seq, had, took)
		}
	}
}

func TestSteadyStateDoesNotAllocate(t *testing.T) {
	var table Vector
	seq := uint64(0)
	if allocs := testing.AllocsPerRun(100, func() {
		seq++
		for _, run := range few {
			table.Take(run, seq, 1)
			table.Raise(run, seq)
		}
	}); allocs != 0 {
		t.Errorf("%v allocations a round, want none", allocs)
	}
}

// A run is called as in the log; a mark of it is printed whole all the same.
func TestName(t *testing.T) {
	m := Mark{Run: Run{"MV", 394401490714}, Seq: 7, First: 3}
	if got := m.Run.Name(); got != "MV.516ogpwa" {
		t.Errorf("the run is called %s", got)
	}
	if got := fmt.Sprint(m); got != "{{MV 394401490714} 7 3}" {
		t.Errorf("the mark is printed as %s", got)
	}
}

func TestLowerSetsBackWhatIsBeyond(t *testing.T) {
	var table Vector
	table.Set(Mark{few[0], 9, 3})
	table.Lower(few[0], 12)
	table.Lower(few[1], 2)
	if want := []Mark{{few[0], 9, 3}}; !slices.Equal(table.Marks(), want) {
		t.Errorf("marks %v, want %v", table.Marks(), want)
	}
	for _, seq := range []uint64{5, 0} {
		table.Lower(few[0], seq)
		if got := table.Seq(few[0]); got != seq {
			t.Errorf("lowered to %d, want %d", got, seq)
		}
	}
	if table.Len() != 0 {
		t.Error("a run without messages has a mark")
	}
}
