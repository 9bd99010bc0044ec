package marks

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// What is wanted is what is lacking and asked for. The peer has been told of all else, and
// of nothing that is wanted.
func TestWantsAreWhatIsLackingAndAskedFor(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		held, peers, w := new(Vector), new(Vector), new(wantList)
		asked, told, before := make(map[Run]bool), new(Vector), new(Vector)
		asks := func(run Run) bool { return asked[run] }
		r.Repeat(map[string]func(*rapid.T){
			"held":  func(r *rapid.T) { held.Set(drawMark(r)) },
			"peers": func(r *rapid.T) { peers.Set(drawMark(r)) },
			"asks":  func(r *rapid.T) { run := drawRun(r); asked[run] = !asked[run] },
			"": func(r *rapid.T) {
				told.Apply(held.Changes(before), true)
				before = held.Clone()
				told.Apply(w.update(held.Clone(), peers.Clone(), asks), true)
				wanted, tell := w.take(100, asks)
				told.Apply(tell, true)
				for _, run := range few {
					_, lacks := held.FirstMissing(peers, run)
					want := lacks && (held.Seq(run) > 0 || asked[run])
					if slices.Contains(wanted, run) != want {
						r.Fatalf("%v is wanted: %v; lacking: %v", run, !want, lacks)
					}
					if refused := slices.ContainsFunc(w.refusals(), func(m Mark) bool { return m.Run == run }); refused != (lacks && !want) {
						r.Fatalf("%v is refused: %v", run, refused)
					}
					if lacks && !want && told.Seq(run) < peers.Seq(run) || !(lacks && !want) && told.Seq(run) != held.Seq(run) {
						r.Fatalf("%v: the peer was told %d", run, told.Seq(run))
					}
				}
			},
		})
	})
}

// A vector in parts is one vector: it takes effect when it is complete.
func TestAVectorInParts(t *testing.T) {
	l := NewLedger(2, 0, new(Vector))
	l.Heard(1, []Mark{{few[0], 3, 1}, {few[1], 3, 1}}, false, at(0))
	v := l.BeginKeepAlive(1, false)
	v.Add([]Mark{{few[1], 4, 1}})
	if got := l.HeardFrom(1).Seq(few[1]); got != 3 {
		t.Errorf("the first part counts already: %d", got)
	}
	v.Add([]Mark{{few[2], 5, 1}})
	l.CommitKeepAlive(1, v, at(0))
	if diff := cmp.Diff([]Mark{{few[1], 4, 1}, {few[2], 5, 1}}, l.HeardFrom(1).Marks()); diff != "" {
		t.Error(diff)
	}
}

// The first vector on a new connection is complete, whatever was said on the one before.
func TestADeltaOnANewConnection(t *testing.T) {
	l := NewLedger(2, 0, new(Vector))
	l.Acked(1, []Mark{{few[0], 3, 1}}, false, at(0))
	l.Connected(1)
	l.Acked(1, []Mark{{few[1], 3, 1}}, true, at(0))
	if diff := cmp.Diff([]Mark{{few[1], 3, 1}}, l.AckedBy(1).Marks()); diff != "" {
		t.Error(diff)
	}
	l.Connected(1)
	l.Acked(1, []Mark{{few[2], 3, 1}}, false, at(0))
	if diff := cmp.Diff([]Mark{{few[2], 3, 1}}, l.AckedBy(1).Marks()); diff != "" {
		t.Error(diff)
	}
}

// However many runs a peer names, in one vector or in deltas, no more are kept than there
// is room for, and those that this host holds. It is not taken to have said all then.
func TestAPeersMarksAreBounded(t *testing.T) {
	mine := large(10)
	l := NewLedger(2, 0, mine)
	l.LimitRuns(100)
	for i := range 50 {
		var part []Mark
		for n := range 100 {
			part = append(part, Mark{Run: numbered(100*i + n), Seq: 1, First: 2})
		}
		l.Heard(1, part, i > 0, at(0))
		l.Acked(1, part, i > 0, at(0))
	}
	if n := l.HeardFrom(1).Len(); n > 110 {
		t.Errorf("%d marks are kept", n)
	}
	if n := l.AckedBy(1).Len(); n > 110 {
		t.Errorf("%d marks of answers are kept", n)
	}
	for i := range 10 {
		if l.AckedBy(1).Seq(numbered(i)) == 0 {
			t.Errorf("a run that is held here, %d, is passed over", i)
		}
	}
	l.Logged([]Mark{{Run: numbered(0), Seq: 1, First: 2}})
	if runs := l.Forgettable(); runs != nil {
		t.Errorf("%v are forgotten, and the peer may hold them", runs)
	}
	l.Acked(1, []Mark{{Run: numbered(0), Seq: 1, First: 2}}, false, at(0))
	if runs := l.Forgettable(); !slices.Equal(runs, []Run{numbered(0)}) {
		t.Errorf("forgettable: %v", runs)
	}
}

// A mark without a line is not a copy.
func TestARefusalIsNoCopy(t *testing.T) {
	l := NewLedger(3, 0, new(Vector))
	l.Logged(upTo(5))
	l.Acked(1, []Mark{{run, 5, 6}}, true, at(0))
	l.Acked(2, []Mark{{run, 5, 5}}, true, at(0))
	if n, lacking := l.Holders(run, 5); n != 2 || !slices.Equal(lacking, []int{1}) {
		t.Errorf("%d hosts hold it, %v do not", n, lacking)
	}
	if !l.CaughtUp(1) {
		t.Error("it is taken for lacking")
	}
}
