package journal

import (
	"testing"

	"xlattice.org/zog/internal/marks"
)

// Where there are many runs, a line is put to its run without a look at all others: else a
// start would take time for each pair of runs.
func TestManyRunsAreLookedUp(t *testing.T) {
	numbered := func(i int) marks.Run { return marks.Run{Origin: "PA", Boot: uint64(i + 1)} }
	const runs = 1000
	var r ranges
	for i := range runs {
		r.add(numbered(i), 1)
	}
	for i := range runs {
		r.add(numbered(i), 2)
	}
	if len(r.newest) != runs || len(r.all) != runs {
		t.Errorf("%d of %d runs are looked up, in %d spans", len(r.newest), runs, len(r.all))
	}
	r.add(numbered(0), 4) // behind a hole: a span of its own
	if s := r.find(numbered(0)); s == nil || s.first != 4 || r.find(numbered(runs)) != nil {
		t.Errorf("the newest span of a run is %+v", s)
	}
	if first := r.firsts(); len(first) != runs || first[numbered(0)] != 1 {
		t.Errorf("%d runs begin, the first at %d", len(first), first[numbered(0)])
	}
	if r.compact(); r.newest != nil {
		t.Error("the memory is kept when all is added")
	}
	if s := r.find(numbered(7)); s == nil || s.last != 2 {
		t.Errorf("then a run is not found: %+v", s)
	}
}
