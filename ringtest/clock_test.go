package ringtest_test

import (
	"strings"
	"testing"
	"time"

	"xlattice.org/zog/ringtest"
)

// TestClock: steps and skew add up, and are what messages are stamped with.
func TestClock(t *testing.T) {
	inBubble(t, func(t *testing.T, r *ringtest.Ring) {
		mv := r.Host("MV")
		ahead := func() time.Duration { return time.Until(mv.Clock().Now()) }
		mv.Clock().Step(time.Hour)
		if ahead() != time.Hour {
			t.Errorf("it is %v ahead", ahead())
		}
		skew := mv.Clock().Skew(1000)
		time.Sleep(1000 * time.Second)
		skew.Heal()
		time.Sleep(1000 * time.Second)
		if ahead() != time.Hour+time.Second {
			t.Errorf("it is %v ahead", ahead())
		}
		mv.Clock().Step(-2 * time.Hour)
		stamp := mv.Clock().Now().UTC().Format("2006-01-02T15:04:05Z")
		must(t, r.Client("MV").Send("text"))
		r.RequireSettled()
		if line := r.Host("PA").Log()[0]; !strings.HasPrefix(line, stamp) {
			t.Errorf("want %s in %q", stamp, line)
		}
	})
}

// TestPause: who is paused says nothing. What was sent to it meanwhile is sent again, and answered once.
func TestPause(t *testing.T) {
	inBubble(t, func(t *testing.T, r *ringtest.Ring) {
		f := r.Host("MV").Pause()
		began := time.Now()
		time.AfterFunc(3*time.Second, f.Heal)
		must(t, r.Client("MV").Send("text"))
		if took := time.Since(began); took < 3*time.Second || took > 4500*time.Millisecond {
			t.Errorf("the answer came after %v", took)
		}
		r.RequireSettled()
	})
}

// TestAPauseIsSaid: who was paused for long says so once when it goes on.
func TestAPauseIsSaid(t *testing.T) {
	inBubble(t, func(t *testing.T, r *ringtest.Ring) {
		f := r.Host("MV").Pause()
		time.Sleep(12 * time.Second)
		f.Heal()
		time.Sleep(time.Second)
		if said := r.Said("this process was stopped or starved for "); said != 1 {
			t.Errorf("it says %d times that it was stopped", said)
		}
		must(t, r.Client("MV").Send("text"))
	})
}
