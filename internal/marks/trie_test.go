package marks

import (
	"fmt"
	"maps"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// drawMany draws one of so many runs that a vector of them has many leaves.
func drawMany(r *rapid.T) Run {
	n := rapid.IntRange(0, 199).Draw(r, "run")
	return Run{Origin: fmt.Sprint("H", n%3), Boot: uint64(n)}
}

// A vector with many runs beside a map, and both as they were at an earlier time.
type history struct {
	vector, before Vector
	model, was     model
	lack           Backlog
}

func (h *history) set(r *rapid.T) {
	m := Mark{drawMany(r), rapid.Uint64Range(1, 3).Draw(r, "seq"), rapid.Uint64Range(1, 3).Draw(r, "first")}
	h.vector.Set(m)
	h.model.set(m)
}

func (h *history) forget(r *rapid.T) {
	run := drawMany(r)
	h.vector.Set(Mark{Run: run})
	delete(h.model, run)
}

func (h *history) offer(r *rapid.T) {
	run, seq := drawMany(r), rapid.Uint64Range(1, 3).Draw(r, "seq")
	h.vector.Take(run, seq, 1)
	h.model.take(run, seq, 1)
}

func (h *history) check(r *rapid.T) {
	for name, tt := range map[string]struct {
		vector *Vector
		model  model
	}{"now": {&h.vector, h.model}, "before": {&h.before, h.was}} {
		if got, want := tt.vector.Marks(), tt.model.marks(); !slices.Equal(got, want) || tt.vector.Len() != len(want) {
			r.Fatalf("%s: marks %v, %d; want %v", name, got, tt.vector.Len(), want)
		}
	}
	want := make(map[Run]uint64)
	for run, m := range h.model {
		if first := max(h.was[run].Seq+1, m.First); first <= m.Seq {
			want[run] = first
		}
	}
	if h.lack.Update(&h.before, &h.vector); !maps.Equal(h.lack.Firsts(), want) {
		r.Fatalf("lacking is %v, want %v", h.lack.Firsts(), want)
	}
	copied := h.before.Clone()
	copied.Apply(h.vector.Changes(&h.before), true)
	if got := copied.Marks(); !slices.Equal(got, h.vector.Marks()) {
		r.Fatalf("the changes make %v of what was before, want %v", got, h.vector.Marks())
	}
}

// Changes to a vector do not change a copy of it, and are found by comparing the two.
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
			"copy":   func(*rapid.T) { h.before, h.was = *h.vector.Clone(), maps.Clone(h.model) },
			"back":   func(*rapid.T) { h.vector, h.model = *h.before.Clone(), maps.Clone(h.was) },
			"":       h.check,
		})
	})
}

// large returns a Vector of n runs.
func large(n int) *Vector {
	t := new(Vector)
	for i := range n {
		t.Set(Mark{Run: numbered(i), Seq: 1})
	}
	return t
}

func numbered(i int) Run { return Run{Origin: "MV", Boot: uint64(i) + 1} }

// What an actor does for each vector of a peer costs no more with a hundred thousand runs
// than with a hundred, if one has changed.
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
	vector := large(100_000)
	before := vector.Clone()
	if n := visited(vector.root, before.root); n != 1 {
		t.Errorf("%d nodes are looked at where nothing has changed", n)
	}
	for i := range 10 {
		vector.Set(Mark{Run: numbered(i * 1000), Seq: 1}) // as it was
	}
	if n := visited(vector.root, before.root); n != 1 {
		t.Errorf("%d nodes are looked at where all was set to what it was", n)
	}
	for i := range 10 {
		vector.Set(Mark{Run: numbered(i * 1000), Seq: 9})
	}
	if n := visited(vector.root, before.root); n > 10*fan*6 {
		t.Errorf("%d nodes are looked at for 10 changes", n)
	}
}

func BenchmarkRuns(b *testing.B) {
	for _, n := range []int{5, 1_000, 100_000} {
		vector, peer := large(n), large(n)
		b.Run(fmt.Sprintf("copy and change/%d", n), func(b *testing.B) {
			b.ReportAllocs()
			for i := range b.N {
				vector.Clone()
				vector.Raise(numbered(i%n), uint64(i))
			}
		})
		b.Run(fmt.Sprintf("changes/%d", n), func(b *testing.B) {
			b.ReportAllocs()
			told := vector.Clone()
			for i := range b.N {
				vector.Raise(numbered(i%n), uint64(i)<<20)
				held := vector.Clone()
				held.Changes(told)
				told = held
			}
		})
		b.Run(fmt.Sprintf("lacking/%d", n), func(b *testing.B) {
			b.ReportAllocs()
			var lack Backlog
			lack.Update(peer, vector)
			b.ResetTimer()
			for i := range b.N {
				vector.Raise(numbered(i%n), uint64(i)<<40)
				lack.Update(peer, vector)
			}
		})
		b.Run(fmt.Sprintf("offer/%d", n), func(b *testing.B) {
			b.ReportAllocs()
			for i := range b.N {
				run := numbered(i % min(n, 5))
				vector.Take(run, vector.Seq(run)+1, 1)
			}
		})
	}
}
