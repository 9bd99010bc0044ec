package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"xlattice.org/zog/internal/test/daemons"
)

// wait configures await.
type wait struct {
	every     time.Duration // time between two checks
	limit     time.Duration // 0 is none
	otherwise string        // the error when the limit is over
}

// errTimeout says that a condition did not become true in time.
var errTimeout = errors.New("the time is up")

// await waits until a condition is true. It returns an error when the limit is over, when it is
// interrupted, and when a process has ended by itself.
func (t *trial) await(ctx context.Context, w wait, holds func() bool) error {
	began := time.Now()
	tick := time.NewTicker(w.every)
	defer tick.Stop()
	for !holds() {
		if ctx.Err() != nil {
			return daemons.ErrInterrupted
		}
		if err := t.ended(); err != nil {
			return err
		}
		if w.limit > 0 && time.Since(began) > w.limit {
			return fmt.Errorf("%s within %v: %w", w.otherwise, w.limit, errTimeout)
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
		}
	}
	return nil
}

// awaitOffClock waits for a condition that is not part of the schedule: the clock of the schedule
// stands still meanwhile.
func (t *trial) awaitOffClock(ctx context.Context, holds func() bool) error {
	began := time.Now()
	defer func() { t.waited += time.Since(began) }()
	return t.await(ctx, wait{every: 100 * time.Millisecond, limit: daemons.Timeout, otherwise: "the condition does not become true"}, holds)
}

// awaitReady waits until a host takes messages: while it starts it may not handle signals yet.
func (t *trial) awaitReady(ctx context.Context, h *host) error {
	if err := t.awaitOffClock(ctx, h.ready); err != nil {
		return fmt.Errorf("%s takes no messages: %w", h.name, err)
	}
	return nil
}

// ended returns an error if a process has ended by itself.
func (t *trial) ended() error {
	for _, h := range t.hosts {
		if err := h.ended(); err != nil {
			return err
		}
	}
	if t.clients != nil && t.clients.Over() {
		return fmt.Errorf("the clients have ended by themselves: %s", t.clients.LastLine())
	}
	return nil
}
