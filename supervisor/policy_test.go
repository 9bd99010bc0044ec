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
		if got := pause(tt.failures, tt.chance); got != tt.want {
			t.Errorf("after %d failures, chance %v: %v; want %v", tt.failures, tt.chance, got, tt.want)
		}
	}
}

// A row of failures is said at its first, and then ever less often. It ends when the
// actor has run for 30 s.
func TestARowOfFailuresIsSaidEverLessOften(t *testing.T) {
	var row failures
	var said []int
	now := time.Unix(1000, 0)
	for range 100 {
		if row.add(now) {
			said = append(said, row.count)
		}
		now = now.Add(failureWindow)
	}
	if want := []int{1, 2, 4, 8, 16, 32, 64}; !slices.Equal(said, want) {
		t.Errorf("of 100 failures in a row %v are said, want %v", said, want)
	}
	if now = now.Add(time.Nanosecond); !row.add(now) || row.count != 1 {
		t.Errorf("a failure after 30 s of work is number %d", row.count)
	}
}

// parent is a parent that only counts what it is to restart.
type parent struct {
	actor.Supervisor
	restarted atomic.Int32
}

func (p *parent) RestartChildren(...*actor.PID) { p.restarted.Add(1) }

// What is to be restarted when a host ends is not restarted any more.
func TestNothingIsRestartedBehindTheEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var p parent
		r := newRestarts(new(actors.Node))
		one, two := actor.NewPID("", "one"), actor.NewPID("", "two")
		r.after(time.Second, &p, one)
		time.Sleep(2 * time.Second)
		r.after(time.Second, &p, one)
		r.after(time.Second, &p, two)
		r.end()
		r.after(time.Second, &p, one)
		time.Sleep(time.Minute)
		if got := r.node.Counts.Restarts.Load(); p.restarted.Load() != 1 || got != 3 {
			t.Errorf("%d restarts, %d counted; want 1 and 3", p.restarted.Load(), got)
		}
	})
}
