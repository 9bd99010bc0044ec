package marks

import (
	"fmt"
	"maps"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// drawMany draws one of so many runs that a table of them has many leaves.
func drawMany(r *rapid.T) Run {
	n := rapid.IntRange(0, 199).Draw(r, "run")
	return Run{Origin: fmt.Sprint("H", n%3), Boot: uint64(n)}
}

// A table with many runs beside a map, and both as they were at an earlier time.
type history struct {
	table, before Vector
	model, was    model
	lack          Backlog
}

func (h *history) set(r *rapid.T) {
	m := Mark{drawMany(r), rapid.Uint64Range(1, 3).Draw(r, "seq"), rapid.Uint64Range(1, 3).Draw(r, "first")}
	h.table.Set(m)
	h.model.set(m)
}

func (h *history) forget(r *rapid.T) {
	run := drawMany(r)
	h.table.Set(Mark{Run: run})
	delete(h.model, run)
}

func (h *history) offer(r *rapid.T) {
	run, seq := drawMany(r), rapid.Uint64Range(1, 3).Draw(r, "seq")
	h.table.Take(run, seq, 1)
	h.model.offer(run, seq, 1)
}

func (h *history) check(r *rapid.T) {
	for name, tt := range map[string]struct {
		table *Vector
		model model
	}{"now": {&h.table, h.model}, "before": {&h.before, h.was}} {
		if got, want := tt.table.Marks(), tt.model.marks(); !slices.Equal(got, want) || tt.table.Len() != len(want) {
			r.Fatalf("%s: marks %v, %d; want %v", name, got, tt.table.Len(), want)
		}
	}
	want := make(map[Run]uint64)
	for run, m := range h.model {
		if first := max(h.was[run].Seq+1, m.First); first <= m.Seq {
			want[run] = first
		}
	}
	if h.lack.Update(&h.before, &h.table); !maps.Equal(h.lack.Firsts(), want) {
		r.Fatalf("lacking is %v, want %v", h.lack.Firsts(), want)
	}
	copied := h.before.Clone()
	copied.Apply(h.table.Changes(&h.before), true)
	if got := copied.Marks(); !slices.Equal(got, h.table.Marks()) {
		r.Fatalf("the changes make %v of what was before, want %v", got, h.table.Marks())
	}
}

// What is done to a table changes no copy of it, and what has changed since is found.
func TestACopyStaysAsItWas(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		h := &history{model: model{}, was: model{}}
		several := func(act func(*rapid.T)) func(*rapid.T) {
			return func(r *rapid.T) {
				for range rapid.IntRange(1, 60).Draw(r, "times") {
					act(r)
				}
			}
		}
		r.Repeat(map[string]func(*rapid.T){
			"set":    several(h.set),
			"forget": several(h.forget),
			"offer":  several(h.offer),
			"copy":   func(*rapid.T) { h.before, h.was = *h.table.Clone(), maps.Clone(h.model) },
			"back":   func(*rapid.T) { h.table, h.model = *h.before.Clone(), maps.Clone(h.was) },
			"":       h.check,
		})
	})
}

// large returns a table of n runs.
func large(n int) *Vector {
	t := new(Vector)
	for i := range n {
		t.Set(Mark{Run: numbered(i), Seq: 1})
	}
	return t
}

func numbered(i int) Run { return Run{Origin: "MV", Boot: uint64(i) + 1} }

// What an actor does for each word of a peer takes no more for a hundred thousand runs
// than for a hundred, where one has changed.
func TestALookAtManyRunsIsCheap(t *testing.T) {
	of := func(n int) float64 {
		mine, theirs, told, lack, seq := large(n), large(n), new(Vector), new(Backlog), uint64(1)
		look := func() {
			seq++
			mine.Set(Mark{Run: numbered(int(seq) % n), Seq: seq})
			held := mine.Clone()
			if changed := held.Changes(told); seq > 2 && len(changed) != 1 {
				t.Errorf("%d marks have changed", len(changed))
			}
			told = held
			lack.Update(theirs.Clone(), mine.Clone())
		}
		look()
		return testing.AllocsPerRun(50, look)
	}
	if few, many := of(100), of(100_000); many > few+20 {
		t.Errorf("%v allocations for 100,000 runs, %v for 100", many, few)
	}
}

// visited counts the nodes that a comparison looks at.
func visited(n, old *node) (count int) {
	count = 1
	if n == old || n == nil || old == nil || n.children == nil || old.children == nil {
		return count
	}
	for i := range fan {
		count += visited(n.children[i], old.children[i])
	}
	return count
}

func TestAComparisonLooksAtWhatHasChanged(t *testing.T) {
	table := large(100_000)
	before := table.Clone()
	if n := visited(table.root, before.root); n != 1 {
		t.Errorf("%d nodes are looked at where nothing has changed", n)
	}
	for i := range 10 {
		table.Set(Mark{Run: numbered(i * 1000), Seq: 1}) // as it was
	}
	if n := visited(table.root, before.root); n != 1 {
		t.Errorf("%d nodes are looked at where all was set to what it was", n)
	}
	for i := range 10 {
		table.Set(Mark{Run: numbered(i * 1000), Seq: 9})
	}
	if n := visited(table.root, before.root); n > 10*fan*6 {
		t.Errorf("%d nodes are looked at for 10 changes", n)
	}
}

func BenchmarkRuns(b *testing.B) {
	for _, n := range []int{5, 1_000, 100_000} {
		table, peer := large(n), large(n)
		b.Run(fmt.Sprintf("copy and change/%d", n), func(b *testing.B) {
			b.ReportAllocs()
			for i := range b.N {
				table.Clone()
				table.Raise(numbered(i%n), uint64(i))
			}
		})
		b.Run(fmt.Sprintf("changes/%d", n), func(b *testing.B) {
			b.ReportAllocs()
			told := table.Clone()
			for i := range b.N {
				table.Raise(numbered(i%n), uint64(i)<<20)
				held := table.Clone()
				held.Changes(told)
				told = held
			}
		})
		b.Run(fmt.Sprintf("lacking/%d", n), func(b *testing.B) {
			b.ReportAllocs()
			var lack Backlog
			lack.Update(peer, table)
			b.ResetTimer()
			for i := range b.N {
				table.Raise(numbered(i%n), uint64(i)<<40)
				lack.Update(peer, table)
			}
		})
		b.Run(fmt.Sprintf("offer/%d", n), func(b *testing.B) {
			b.ReportAllocs()
			for i := range b.N {
				run := numbered(i % min(n, 5))
				table.Take(run, table.Seq(run)+1, 1)
			}
		})
	}
}
