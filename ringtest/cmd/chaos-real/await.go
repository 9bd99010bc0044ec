package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"xlattice.org/zog/internal/test/daemons"
)

// wait says how something is waited for.
type wait struct {
	every     time.Duration // it is looked at
	limit     time.Duration // for so long at most; 0 is for ever
	otherwise string        // what is wrong then
}

// errTimeout says that something has not come in time.
var errTimeout = errors.New("and it is waited no longer")

// await returns when a condition holds. It gives up when it takes too long, when
// it is interrupted, and when a process has ended by itself.
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
			return fmt.Errorf("%s within %v, %w", w.otherwise, w.limit, errTimeout)
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
		}
	}
	return nil
}

// awaitOffClock waits for something that the schedule knows nothing of: its clock
// stands still meanwhile.
func (t *trial) awaitOffClock(ctx context.Context, holds func() bool) error {
	began := time.Now()
	defer func() { t.waited += time.Since(began) }()
	return t.await(ctx, wait{every: 100 * time.Millisecond, limit: daemons.Timeout, otherwise: "it does not come"}, holds)
}

// awaitReady waits until a host that was started takes messages: one that is
// still starting may not know signals yet.
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
