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
