package rings_test

import (
	"fmt"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"xlattice.org/zog/ringtest"
)

func TestEachMessageIsInEveryLogOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := startRing(t, 5)
		time.Sleep(5 * time.Second)
		for i := range 5 {
			r.send(i, texts(fmt.Sprint("host", i), 200)...)
		}
		time.Sleep(time.Second)
		r.requireSame(1000, 0, 1, 2, 3, 4)
		if got := r.forwarded(); got != 4*1000 {
			t.Errorf("%d Data frames between hosts for 1000 messages, want 4000", got)
		}
	})
}

func TestAHostThatWasAwayCatchesUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := startRing(t, 5)
		time.Sleep(5 * time.Second)
		r.send(0, texts("before", 10)...)
		r.stop(3)
		r.send(0, texts("while away", 100)...)
		r.send(2, texts("too", 100)...)
		time.Sleep(time.Minute)
		r.requireSame(210, 0, 1, 2, 4)
		r.start(3)
		time.Sleep(5 * time.Second)
		r.requireSame(210, 0, 1, 2, 3, 4)
		r.send(3, "and back")
		time.Sleep(time.Second)
		r.requireSame(211, 0, 1, 2, 3, 4)
	})
}

func TestLongADayOfKeepAlives(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := startRing(t, 5, ringtest.File("keepalive: {interval: 15s}"))
		time.Sleep(5 * time.Second)
		r.send(0, "in the morning")
		time.Sleep(5 * time.Second)
		before := r.keepAlives()
		time.Sleep(24 * time.Hour)
		// Five hosts with four links each, one KeepAlive every 15 s on each.
		want := uint64(20 * 24 * time.Hour / (15 * time.Second))
		if got := r.keepAlives() - before; got < want*99/100 || got > want {
			t.Errorf("%d keep-alives in a day, want %d or a little less", got, want)
		}
		if downs := r.Said("peer is down: silent"); downs > 0 {
			t.Errorf("%d connections were closed", downs)
		}
		r.hangUp(0) // we were silent for too long
		r.send(0, "in the evening")
		time.Sleep(time.Second)
		r.requireSame(2, 0, 1, 2, 3, 4)
	})
}

func TestALinkIsCutAndHealed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := startRing(t, 5)
		time.Sleep(5 * time.Second)
		cut := r.link(0, 1).Sever()
		r.send(0, texts("around the cut", 100)...)
		time.Sleep(3 * time.Second)
		r.requireSame(100, 0, 1, 2, 3, 4)
		cut.Heal()
		time.Sleep(time.Minute)
		forwarded := r.forwarded()
		r.send(0, texts("healed", 100)...)
		time.Sleep(time.Second)
		r.requireSame(200, 0, 1, 2, 3, 4)
		if got := r.forwarded() - forwarded; got != 400 {
			t.Errorf("%d frames for 100 messages after the heal, want 400", got)
		}
	})
}

// A peer whose bytes vanish is found out by its silence: after 5 s the tree does
// without it, and the connection is closed.
func TestASilentPeer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := startRing(t, 5)
		time.Sleep(5 * time.Second)
		silence := r.link(1, 0).Drop()
		r.send(0, texts("one way", 100)...)
		time.Sleep(10 * time.Second)
		r.requireSame(100, 0, 1, 2, 3, 4)
		r.send(0, texts("without +1", 100)...)
		// +1 may first ask the host that cannot hear it, for 5 s.
		time.Sleep(8 * time.Second)
		r.requireSame(200, 0, 1, 2, 3, 4)
		if r.Said("silent for too long") == 0 {
			t.Error("no connection was closed for its silence")
		}
		silence.Heal()
		time.Sleep(time.Minute)
		r.hangUp(0)
		r.send(0, "healed")
		time.Sleep(2 * time.Second)
		r.requireSame(201, 0, 1, 2, 3, 4)
	})
}

func TestPlusOneIsDead(t *testing.T) {
	for _, dead := range [][]int{{1}, {2}, {1, 2}, {1, 3}} {
		t.Run(fmt.Sprint(dead), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				r := startRing(t, 5)
				time.Sleep(5 * time.Second)
				up := []int{0}
				for i := 1; i < 5; i++ {
					if slices.Contains(dead, i) {
						r.stop(i)
					} else {
						up = append(up, i)
					}
				}
				time.Sleep(time.Second)
				forwarded := r.forwarded()
				r.send(0, texts("rerouted", 100)...)
				time.Sleep(100 * time.Millisecond)
				r.requireSame(100, up...)
				if got, want := r.forwarded()-forwarded, uint64(100*(len(up)-1)); got != want {
					t.Errorf("%d frames, want %d: each host once", got, want)
				}
				for _, i := range dead {
					r.start(i)
				}
				time.Sleep(5 * time.Second)
				r.requireSame(100, 0, 1, 2, 3, 4)
			})
		})
	}
}

func TestBothWrappings(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := startRing(t, 5, ringtest.File("wrapping: respective"))
		time.Sleep(5 * time.Second)
		for i := range 5 {
			r.send(i, texts("respective", 10)...)
		}
		time.Sleep(time.Second)
		r.requireSame(50, 0, 1, 2, 3, 4)
		if got := r.forwarded(); got != 200 {
			t.Errorf("%d frames for 50 messages, want 200", got)
		}
	})
}

func TestOtherSizes(t *testing.T) {
	for _, n := range []int{1, 2, 3, 9, 17} {
		t.Run(fmt.Sprint(n), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				r := startRing(t, n)
				time.Sleep(10 * time.Second)
				all := make([]int, n)
				for i := range n {
					all[i] = i
					r.send(i, texts("to each", 5)...)
				}
				time.Sleep(time.Second)
				r.requireSame(5*n, all...)
				if got, want := r.forwarded(), uint64(5*n*(n-1)); got != want {
					t.Errorf("%d frames, want %d", got, want)
				}
			})
		})
	}
}
