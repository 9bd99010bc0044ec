package marks

import (
	"slices"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

var run = few[0]

func upTo(seq uint64) []Mark { return []Mark{{run, seq, 1}} }

// Each host counts once, however often and on which connection it says so.
func TestHoldersAreASetOfHosts(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		n := rapid.IntRange(1, 6).Draw(r, "hosts")
		host := rapid.IntRange(0, n-1)
		self := host.Draw(r, "self")
		l, holds := NewLedger(n, self, new(Vector)), make([]uint64, n)
		r.Repeat(map[string]func(*rapid.T){
			"logged": func(r *rapid.T) {
				seq := drawSeq(r)
				l.Logged(upTo(seq))
				holds[self] = max(holds[self], seq)
			},
			"acked": func(r *rapid.T) {
				peer, seq := host.Draw(r, "peer"), drawSeq(r)
				if l.Acked(peer, upTo(seq), rapid.Bool().Draw(r, "delta"), at(0)); peer != self {
					holds[peer] = seq
				}
			},
			"heard": func(r *rapid.T) { l.Heard(host.Draw(r, "peer"), upTo(drawSeq(r)), false, at(0)) },
			"": func(r *rapid.T) {
				seq := rapid.Uint64Range(1, 5).Draw(r, "wanted")
				want := []int(nil)
				for peer, held := range holds {
					if held < seq {
						want = append(want, peer)
					}
				}
				missing := len(want)
				want = slices.DeleteFunc(want, func(peer int) bool { return peer == self })
				holders, lacking := l.Holders(run, seq)
				if holders != n-missing || !slices.Equal(lacking, want) {
					r.Fatalf("%d hold %d, %v lack it; want %d, %v", holders, seq, lacking, n-missing, want)
				}
			},
		})
	})
}

func TestWhatAPeerAnsweredAndWhatItSaidAreTwoThings(t *testing.T) {
	l := NewLedger(3, 0, new(Vector))
	l.Logged(upTo(2))
	l.Heard(1, upTo(5), false, at(0))
	if l.CaughtUp(1) || l.AckedBy(1).Len() != 0 {
		t.Error("what a peer said counts as its answer")
	}
	l.Acked(1, upTo(2), false, at(0))
	if !l.CaughtUp(1) || l.CaughtUp(2) {
		t.Errorf("settled: %v, %v; want only the first", l.CaughtUp(1), l.CaughtUp(2))
	}
	if got := l.HeardFrom(1).Seq(run); got != 5 {
		t.Errorf("an answer changed what was heard to %d", got)
	}
	l.Heard(1, nil, false, at(0))
	if l.HeardFrom(1).Len() != 0 || l.AckedBy(1).Seq(run) != 2 {
		t.Error("the latest word did not replace exactly the one before it")
	}
}

func TestDurableMarksOnlyRise(t *testing.T) {
	var start Vector
	start.Apply(upTo(3), false)
	l := NewLedger(2, 0, &start)
	l.Logged([]Mark{{few[0], 2, 1}, {few[2], 7, 1}})
	if got := []uint64{l.Durable(few[0]), l.Durable(few[1]), l.Durable(few[2])}; !slices.Equal(got, []uint64{3, 0, 7}) {
		t.Errorf("durable up to %v", got)
	}
}

func TestALedgerSharesNoTable(t *testing.T) {
	var start Vector
	start.Apply(upTo(3), false)
	l := NewLedger(2, 0, &start)
	l.Acked(1, upTo(3), false, at(0))
	l.Heard(1, upTo(3), false, at(0))
	start.Raise(run, 9)
	for name, get := range map[string]func() *Vector{
		"durable": l.DurableVector,
		"acked":   func() *Vector { return l.AckedBy(1) },
		"heard":   func() *Vector { return l.HeardFrom(1) },
	} {
		get().Raise(run, 9)
		if diff := cmp.Diff(upTo(3), get().Marks()); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}

// The race detector is the judge here, besides the outcome.
func TestManyMayUseALedgerAtATime(t *testing.T) {
	const last = 200
	l := NewLedger(3, 0, new(Vector))
	var group sync.WaitGroup
	each := func(act func(seq uint64)) {
		group.Go(func() {
			for seq := range uint64(last) {
				act(seq + 1)
			}
		})
	}
	each(func(seq uint64) { l.Logged(upTo(seq)) })
	each(func(seq uint64) { l.Acked(1, upTo(seq), true, at(0)) })
	each(func(seq uint64) { l.Heard(1, upTo(seq), false, at(0)) })
	each(func(seq uint64) { l.Acked(2, upTo(seq), false, at(0)) })
	each(func(seq uint64) { l.Holders(run, seq) })
	each(func(seq uint64) { l.Durable(run); l.DurableVector().Raise(run, seq) })
	each(func(uint64) {
		l.CaughtUp(1)
		l.AckedBy(2).Marks()
		l.HeardFrom(1).Changes(l.DurableVector())
		l.Wanted(1, 9, func(Run) bool { return true })
	})
	group.Wait()
	if holders, lacking := l.Holders(run, last); holders != 3 || lacking != nil {
		t.Errorf("%d hosts hold the last message, %v do not", holders, lacking)
	}
}

// A disk that has lost something lowers what a host holds.
func TestResetIsTheLastWord(t *testing.T) {
	l := NewLedger(2, 0, new(Vector))
	l.Logged(upTo(9))
	less := new(Vector)
	less.Raise(run, 4)
	l.Reset(less)
	less.Raise(run, 7)
	if got := l.Durable(run); got != 4 {
		t.Errorf("durable up to %d, want 4", got)
	}
}

// A mark is kept until all hosts of the ring say that they hold no line of its run.
func TestAMarkIsForgettableWhenNobodyHoldsALine(t *testing.T) {
	gone := []Mark{{Run: run, Seq: 9, First: 10}}
	for name, tt := range map[string]struct {
		mine []Mark
		say  func(l *Ledger)
		want bool
	}{
		"all have retired it":        {gone, func(l *Ledger) { l.Acked(1, gone, false, at(0)); l.Acked(2, gone, false, at(0)) }, true},
		"the others do not know it":  {gone, func(l *Ledger) { l.Acked(1, nil, false, at(0)); l.Acked(2, nil, false, at(0)) }, true},
		"a line is held here":        {[]Mark{{Run: run, Seq: 9, First: 9}}, func(l *Ledger) { l.Acked(1, gone, false, at(0)); l.Acked(2, gone, false, at(0)) }, false},
		"a line is held elsewhere":   {gone, func(l *Ledger) { l.Acked(1, upTo(9), false, at(0)); l.Acked(2, gone, false, at(0)) }, false},
		"one has not spoken":         {gone, func(l *Ledger) { l.Acked(1, gone, false, at(0)) }, false},
		"one has to speak again":     {gone, func(l *Ledger) { l.Acked(1, gone, false, at(0)); l.Acked(2, gone, false, at(0)); l.Connected(1) }, false},
		"one has spoken again":       {gone, func(l *Ledger) { l.Connected(1); l.Acked(1, gone, false, at(0)); l.Acked(2, gone, false, at(0)) }, true},
		"a run that is still at one": {nil, func(l *Ledger) { l.Acked(1, gone, false, at(0)); l.Acked(2, gone, false, at(0)) }, false},
	} {
		t.Run(name, func(t *testing.T) {
			l := NewLedger(3, 0, new(Vector))
			l.Logged(tt.mine)
			tt.say(l)
			runs := l.Forgettable()
			if got := len(runs) == 1 && runs[0] == run; got != tt.want || !tt.want && len(runs) > 0 {
				t.Errorf("forgettable: %v, want %v", runs, tt.want)
			}
			l.Forget(runs)
			if got := l.DurableVector().Len() == 0; got != (tt.want || tt.mine == nil) {
				t.Errorf("then there is %v", l.DurableVector().Marks())
			}
		})
	}
}

// A peer that has all lines that are left has caught up, whatever was retired.
func TestWhatNobodyCanGiveIsNotWaitedFor(t *testing.T) {
	l := NewLedger(2, 0, new(Vector))
	l.Logged([]Mark{{Run: run, Seq: 9, First: 10}})
	if !l.CaughtUp(1) {
		t.Error("a peer without lines that are retired here is not settled")
	}
	l.Logged([]Mark{{Run: run, Seq: 10, First: 10}})
	if l.CaughtUp(1) {
		t.Error("a peer that lacks a line is settled")
	}
}
