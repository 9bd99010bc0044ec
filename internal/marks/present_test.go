package marks

import (
	"testing"
	"time"
)

// at is a time in seconds from a beginning.
func at(seconds float64) time.Time {
	return time.Unix(1000, 0).Add(time.Duration(seconds * float64(time.Second)))
}

// word is what a peer says of our present run, at a time.
type word struct {
	peer int
	seq  uint64
	at   float64
}

// What peers say of our present run makes it void when one claims more than was given,
// but not within a minute of the last time.
func TestAClaimMakesTheRunVoid(t *testing.T) {
	next := Run{"MV", 2}
	for name, tt := range map[string]struct {
		before bool // a run was void at 0 s
		words  []word
		void   bool
		claim  Claim
		counts [3]bool
	}{
		"nobody spoke":                            {false, nil, false, Claim{}, [3]bool{true, true, true}},
		"what was given":                          {false, []word{{1, 10, 1}}, false, Claim{}, [3]bool{true, true, true}},
		"one more":                                {false, []word{{1, 11, 1}}, true, Claim{next, 1, 11, 10, 0}, [3]bool{}},
		"one more, and the others hold less":      {false, []word{{1, 9, 1}, {2, 7, 1}, {2, 4, 2}, {1, 11, 3}}, true, Claim{next, 1, 11, 10, 7}, [3]bool{}},
		"one more, and it held less than others":  {false, []word{{1, 6, 1}, {2, 10, 2}, {1, 11, 3}}, true, Claim{next, 1, 11, 10, 6}, [3]bool{}},
		"what is said then confirms nothing":      {false, []word{{1, 11, 1}, {2, 9, 2}}, true, Claim{next, 1, 11, 10, 0}, [3]bool{}},
		"within a minute the peer does not count": {true, []word{{1, 11, 59.9}}, false, Claim{next, 1, 11, 10, 0}, [3]bool{true, false, true}},
		"nor if it says less then":                {true, []word{{1, 11, 30}, {1, 9, 31}}, false, Claim{next, 1, 9, 10, 0}, [3]bool{true, false, true}},
		"nor does its word confirm anything":      {true, []word{{1, 11, 30}, {1, 9, 31}, {2, 12, 60}}, true, Claim{next, 2, 12, 10, 0}, [3]bool{}},
		"after the minute it is as the first":     {true, []word{{1, 11, 60}}, true, Claim{next, 1, 11, 10, 0}, [3]bool{}},
		"what it said within the minute is enough": {
			true, []word{{1, 11, 30}, {1, 9, 60}}, true, Claim{next, 1, 9, 10, 0}, [3]bool{},
		},
	} {
		t.Run(name, func(t *testing.T) {
			p := present{held: make([]uint64, 3), ahead: make([]bool, 3)}
			p.begin(few[0], at(-100))
			if tt.before && !p.check(1, 1, at(-1)) {
				t.Fatal("the run before is not void")
			}
			p.begin(next, at(0))
			p.sending(few[0], 99) // a link was late
			p.sending(next, 10)
			p.sending(next, 3)
			renew := false
			for _, w := range tt.words {
				renew = p.check(w.peer, w.seq, at(w.at))
			}
			if p.void != tt.void || p.claim != tt.claim {
				t.Errorf("void: %v, for %+v; want %v, for %+v", p.void, p.claim, tt.void, tt.claim)
			}
			if last := len(tt.words) - 1; last >= 0 && renew != (tt.void && p.ahead[tt.words[last].peer]) {
				t.Errorf("the last word asks for a new run: %v", renew)
			}
			for peer, want := range tt.counts {
				if got := p.counts(peer, next); got != want {
					t.Errorf("the mark of peer %d counts: %v", peer, got)
				}
			}
			if !p.counts(1, Run{"PA", 2}) || p.counts(1, few[0]) != !tt.before {
				t.Error("another run is judged by what is said of this one")
			}
		})
	}
}

// A claim within the minute counts if a run begins for another reason.
func TestARunThatEndsWithAClaimIsVoid(t *testing.T) {
	p := present{held: make([]uint64, 3), ahead: make([]bool, 3)}
	p.begin(few[0], at(-100))
	p.check(1, 1, at(-1))
	p.begin(run, at(0))
	p.sending(run, 10)
	p.check(1, 4, at(1))
	p.check(1, 11, at(2))
	if claim, void := p.begin(few[1], at(3)); !void || claim != (Claim{run, 1, 11, 10, 4}) || p.counts(2, run) {
		t.Errorf("void: %v, for %+v", void, claim)
	}
	if claim, void := p.begin(few[2], at(4)); void {
		t.Errorf("void for %+v, of an earlier run", claim)
	}
}

// Taken again is what the peer that claims, or one that keeps up, may lack. What a peer
// lacks that was away is not.
func TestWhatIsConfirmedWhereSomeLag(t *testing.T) {
	p := present{held: make([]uint64, 4), ahead: make([]bool, 4)}
	p.begin(run, at(0))
	p.sending(run, 10_000)
	for peer, seq := range []uint64{0, 9999, 10_000 - keepsUp, 10_000 - keepsUp - 1} {
		p.check(peer, seq, at(1))
	}
	p.check(1, 20_000, at(2))
	if want := uint64(10_000 - keepsUp); p.claim.Confirmed != want {
		t.Errorf("confirmed up to %d, want %d", p.claim.Confirmed, want)
	}
	p.begin(few[1], at(3))
	p.sending(few[1], 10_000)
	p.check(3, 17, at(4))
	p.check(3, 20_000, at(5)) // within the minute
	p.check(2, 9990, at(6))
	p.check(1, 20_000, at(70))
	if p.claim.Confirmed != 0 {
		t.Errorf("confirmed up to %d by those who claimed too much", p.claim.Confirmed)
	}
	p.begin(few[2], at(80))
	p.sending(few[2], 10_000)
	p.check(3, 17, at(81))
	p.check(3, 20_000, at(82)) // within the minute
	p.check(2, 9990, at(83))
	p.check(3, 20_001, at(140))
	if p.claim.Confirmed != 17 {
		t.Errorf("confirmed up to %d, want 17", p.claim.Confirmed)
	}
}

// Until the new run begins, each vector of the peer asks for it: the first may be lost.
func TestAVoidRunIsSaidAgain(t *testing.T) {
	l := NewLedger(3, 0, new(Vector))
	l.BeginRun(run, at(0))
	l.Sending(run, 2)
	l.Logged(upTo(2))
	if l.Heard(1, upTo(2), false, at(1)) || l.Void() {
		t.Fatal("the run is void for what was given")
	}
	if !l.Acked(1, upTo(3), false, at(1)) || !l.Heard(1, upTo(2), true, at(2)) || !l.Void() {
		t.Error("the run is not void")
	}
	if holders, lacking := l.Holders(run, 2); holders != 1 || len(lacking) != 2 {
		t.Errorf("%d hosts hold a message of a void run, %v do not", holders, lacking)
	}
	claim, void := l.BeginRun(few[1], at(3))
	if want := (Claim{Run: run, Peer: 1, Claimed: 3, Sent: 2, Confirmed: 2}); !void || claim != want {
		t.Errorf("the new run begins for %+v, %v; want %+v", claim, void, want)
	}
	if holders, _ := l.Holders(run, 2); holders != 1 {
		t.Error("marks of the void run count again when it is over")
	}
	if _, void := l.BeginRun(few[2], at(4)); void || l.Void() {
		t.Error("a run after it is void too")
	}
}
