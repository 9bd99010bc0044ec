package ringtest_test

import (
	"testing"
	"testing/synctest"
	"time"

	"xlattice.org/zog/ringtest"
)

// TestRing: what one line starts takes messages, and ends.
func TestRing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ring := ringtest.Start(t)
		if err := ring.Client().Send(texts("text", 20)...); err != nil {
			t.Error(err)
		}
		ring.RequireSettled()
		for _, h := range ring.Hosts() {
			if n := len(h.Log()); n != 20 {
				t.Errorf("%s has %d lines", h.Name(), n)
			}
		}
	})
}

// TestLongSizes: rings may be of any size.
func TestLongSizes(t *testing.T) {
	for _, n := range []int{1, 2, 64} {
		synctest.Test(t, func(t *testing.T) {
			ring := ringtest.Start(t, ringtest.Hosts(n))
			time.Sleep(5 * time.Second)
			if err := ring.Client().Send(texts("text", 10)...); err != nil {
				t.Error(err)
			}
			ring.RequireSettled()
		})
	}
}

// TestLoopback: a ring on real sockets is as one in memory.
func TestLoopback(t *testing.T) {
	ring := ringtest.Start(t, ringtest.Loopback())
	if err := ring.Client().Send(texts("text", 20)...); err != nil {
		t.Error(err)
	}
	ring.Host("MV").Actor("router").Panic(ringtest.Nth(1, "Take"))
	_ = ring.Client("MV").Send(texts("to MV", 20)...)
	ring.Host("PA").Crash()
	_ = ring.Client().Send(texts("without PA", 20)...)
	ring.Host("PA").Start()
	ring.RequireSettled()
}
