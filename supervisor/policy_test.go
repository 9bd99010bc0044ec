package supervisor

import (
	"slices"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/asynkron/protoactor-go/actor"

	"xlattice.org/zog/actors"
)

// The pause doubles from 10 ms, is spread over its upper half, and never goes over 5 s.
func TestPause(t *testing.T) {
	tests := []struct {
		failures int
		chance   float64
		want     time.Duration
	}{
		{0, 0, 5 * time.Millisecond},
		{1, 0, 5 * time.Millisecond},
		{1, 1, 10 * time.Millisecond},
		{2, 0.5, 15 * time.Millisecond},
		{5, 1, 160 * time.Millisecond},
		{10, 0, 2500 * time.Millisecond},
		{10, 1, 5 * time.Second},
		{11, 0, 2500 * time.Millisecond},
		{1 << 40, 1, 5 * time.Second},
	}
	for _, tt := range tests {
		if got := restartPause(tt.failures, tt.chance); got != tt.want {
			t.Errorf("after %d failures, chance %v: %v; want %v", tt.failures, tt.chance, got, tt.want)
		}
	}
}

// A streak of failures is logged as a warning at its first, and then ever less often. It ends when the
// actor has run for 30 s.
func TestARowOfFailuresIsSaidEverLessOften(t *testing.T) {
	var row streak
	var warned []int
	now := time.Unix(1000, 0)
	for range 100 {
		if row.add(now) {
			warned = append(warned, row.count)
		}
		now = now.Add(failureWindow)
	}
	if want := []int{1, 2, 4, 8, 16, 32, 64}; !slices.Equal(warned, want) {
		t.Errorf("of 100 consecutive failures %v are warnings, want %v", warned, want)
	}
	if now = now.Add(time.Nanosecond); !row.add(now) || row.count != 1 {
		t.Errorf("a failure after 30 s of work is number %d", row.count)
	}
}

// fakeParent counts what it is to restart.
type fakeParent struct {
	actor.Supervisor
	restarted atomic.Int32
}

func (p *fakeParent) RestartChildren(...*actor.PID) { p.restarted.Add(1) }

// What is to be restarted when a host ends is not restarted any more.
func TestNothingIsRestartedBehindTheEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var p fakeParent
		r := newRestarts(new(actors.Node))
		one, two := actor.NewPID("", "one"), actor.NewPID("", "two")
		r.schedule(time.Second, &p, one)
		time.Sleep(2 * time.Second)
		r.schedule(time.Second, &p, one)
		r.schedule(time.Second, &p, two)
		r.stop()
		r.schedule(time.Second, &p, one)
		time.Sleep(time.Minute)
		if got := r.node.Counts.Restarts.Load(); p.restarted.Load() != 1 || got != 3 {
			t.Errorf("%d restarts, %d counted; want 1 and 3", p.restarted.Load(), got)
		}
	})
}
