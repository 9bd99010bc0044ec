package ringtest_test

import (
	"testing"
	"time"

	"xlattice.org/zog/ringtest"
)

// TestABlockedStderrSaysNothing: what one host says comes when the fault is healed, and
// what others say comes meanwhile.
func TestABlockedStderrSaysNothing(t *testing.T) {
	inBubble(t, func(t *testing.T, r *ringtest.Ring) {
		f := r.Host("MV").BlockStderr()
		mv, pa := r.Said("host=MV"), r.Said("host=PA")
		r.Host("G").Crash()
		time.Sleep(5 * time.Second)
		if r.Said("host=MV") != mv || r.Said("host=PA") == pa {
			t.Error("MV has said something, or PA has not")
		}
		f.Heal()
		time.Sleep(5 * time.Second)
		if r.Said("host=MV") == mv {
			t.Error("what MV had to say is lost")
		}
	})
}

// TestABlockedStderrHoldsUpNobody: a host whose stderr nobody reads loses a peer, gets it
// back, serves clients, catches up, and stops in order.
func TestABlockedStderrHoldsUpNobody(t *testing.T) {
	inBubble(t, func(t *testing.T, r *ringtest.Ring) {
		mv, pa := r.Host("MV"), r.Host("PA")
		f := mv.BlockStderr()
		pa.Crash()
		time.Sleep(5 * time.Second) // MV says so, or would
		must(t, r.Client("MV").Send("at MV, without PA"))
		pa.Start()
		must(t, r.Client("PA").Send("at PA"))
		r.RequireSettled()
		began := time.Now()
		if err := mv.TryStop(); err != nil || time.Since(began) > 5*time.Second {
			t.Errorf("it stopped after %v: %v", time.Since(began), err)
		}
		f.Heal()
		mv.Start()
		r.RequireSettled()
	}, ringtest.Hosts(2))
}
