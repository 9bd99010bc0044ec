package budget_test

import (
	"sync"
	"testing"

	"pgregory.net/rapid"

	"xlattice.org/zog/internal/budget"
)

func TestWhatAShareMayTake(t *testing.T) {
	tests := []struct {
		name     string
		own      int64 // that it holds
		others   int64 // that others hold
		takes    int64
		accepted bool
	}{
		{"the first piece", 0, 0, 10, true},
		{"the first piece of one who comes late", 0, 1000, 10, true},
		{"half, when alone", 40, 0, 10, true},
		{"more than half, when alone", 41, 0, 10, false},
		{"as much as is left", 20, 40, 10, true},
		{"more than is left", 20, 41, 10, false},
		{"a second piece when all is held", 1, 100, 1, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var b budget.Budget
			b.SetLimit(100)
			own, others := b.Share(), b.Share()
			others.Force(tt.others)
			own.Force(tt.own)
			if got := own.Take(tt.takes); got != tt.accepted {
				t.Errorf("take: %t", got)
			}
			want := tt.own
			if tt.accepted {
				want += tt.takes
			}
			if own.Held() != want || b.Held() != want+tt.others {
				t.Errorf("holds %d, all hold %d", own.Held(), b.Held())
			}
		})
	}
}

// Clients that take all that they can get have about the same, and leave as much to one
// who comes. This holds whatever they did before.
func TestSharesAreFair(t *testing.T) { requireFairShares(t, 1<<18) }

// TestLongSharesAreFair: the same with a larger budget.
func TestLongSharesAreFair(t *testing.T) { requireFairShares(t, 1<<20) }

func requireFairShares(t *testing.T, limit int64) {
	const piece = 1 << 10
	rapid.Check(t, func(t *rapid.T) {
		var b budget.Budget
		b.SetLimit(limit)
		shares := make([]*budget.Share, rapid.IntRange(1, 20).Draw(t, "clients"))
		for i := range shares {
			shares[i] = b.Share()
			for n := rapid.IntRange(0, int(600*limit>>20)).Draw(t, "pieces"); n > 0 && shares[i].Take(piece); n-- {
			}
		}
		for range 4 * limit / piece { // each gives one back and takes what it gets
			for _, s := range shares {
				if s.Held() > 0 {
					s.Free(piece)
				}
				for taken := 0; taken < 2 && s.Take(piece); taken++ {
				}
			}
		}
		fair := limit / int64(len(shares)+1)
		for i, s := range shares {
			if s.Held() < fair-int64(len(shares)+1)*piece || s.Held() > fair+int64(len(shares)+1)*piece {
				t.Errorf("%d of %d holds %d, fair is %d", i, len(shares), s.Held(), fair)
			}
		}
		if late := b.Share(); !late.Take(fair / 2) {
			t.Error("one who comes late gets nothing")
		}
	})
}

// In all no more is held than the limit and one piece each, and what is given back is
// there again, also when all come at once.
func TestABudgetIsBounded(t *testing.T) {
	const limit, piece, clients = 1 << 16, 100, 50
	var b budget.Budget
	b.SetLimit(limit)
	var busy sync.WaitGroup
	for range clients {
		busy.Go(func() {
			s := b.Share()
			for range 2000 {
				if !s.Take(piece) {
					s.Free(piece)
				}
				if held := b.Held(); held > limit+2*clients*piece { // one piece granted, one being judged
					t.Errorf("%d bytes are held", held)
				}
			}
			s.End()
		})
	}
	busy.Wait()
	if held := b.Held(); held != 0 {
		t.Errorf("%d bytes are held at the end", held)
	}
}

// One who was refused hears when it may try again, and a share without a budget is never
// refused.
func TestARefusedShareHearsOfRoom(t *testing.T) {
	var b budget.Budget
	b.SetLimit(10)
	s := b.Share()
	if !s.Take(5) || s.Take(5) || s.Over() {
		t.Fatal("5 of 10, and then 5 more")
	}
	b.SetLimit(8)
	if !s.Over() {
		t.Error("a lower limit does not show")
	}
	s.Free(5)
	select {
	case <-s.Freed():
	default:
		t.Error("nothing is heard of room")
	}
	if !s.Take(5) {
		t.Error("there is no room")
	}
	var none *budget.Share
	none.Force(1)
	none.Free(1)
	none.End()
	if !none.Take(1<<40) || none.Over() || none.Held() != 0 {
		t.Error("a share without a budget is refused")
	}
}

// All shares of a holder together may hold what one share may, and one that waits hears of what
// another gives back.
func TestAHolderHasOneShare(t *testing.T) {
	var b budget.Budget
	b.SetLimit(3000)
	var h budget.Holder
	shares := make([]*budget.Share, 200)
	for i := range shares {
		shares[i] = b.Share()
		shares[i].Join(&h)
	}
	other := b.Share()
	for range 3000 {
		other.Take(1)
		for _, s := range shares {
			s.Take(1)
		}
	}
	if b.Held()-other.Held() > 1500 || other.Held() < 750 { // as if the holder was one who came first
		t.Errorf("200 shares of one holder hold %d, another one %d", b.Held()-other.Held(), other.Held())
	}
	last := shares[199]
	if last.Take(1) || !shares[0].Over() {
		t.Errorf("the last share may hold more than %d", last.Held())
	}
	<-last.Freed() // it has a value at first
	shares[0].Free(1)
	<-last.Freed()
	for _, s := range shares {
		s.End()
	}
	if b.Held() != other.Held() || !last.Take(1) {
		t.Errorf("%d are held after the end of all", b.Held()-other.Held())
	}
}
