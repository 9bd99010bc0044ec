package peer

import (
	"context"
	"errors"
	"fmt"
	"sync"
)

// Window is the messages that a client has under way, where answers come in the
// order of sending. One goroutine lets messages in, and another one lets them out.
type Window struct {
	size  int
	flush func() error

	mu     sync.Mutex
	change sync.Cond     // of what follows
	under  []func(error) // to be called, oldest first; may be nil
	failed error
}

// NewWindow returns an empty one. It calls flush before it waits, so that nothing
// is kept back whose answer it waits for.
func NewWindow(size int, flush func() error) *Window {
	w := &Window{size: size, flush: flush}
	w.change.L = &w.mu
	return w
}

// Enter lets a message in, before it is sent. It waits for room.
func (w *Window) Enter(acked func(error)) error {
	if err := w.await(context.Background(), w.size-1); err != nil {
		return err
	}
	w.mu.Lock()
	w.under = append(w.under, acked)
	w.mu.Unlock()
	return nil
}

// Empty returns when nothing is under way.
func (w *Window) Empty(ctx context.Context) error { return w.await(ctx, 0) }

// await returns when at most so many messages are under way.
func (w *Window) await(ctx context.Context, most int) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(w.under) <= most || w.failed != nil {
		return w.failed
	}
	w.mu.Unlock()
	err := w.flush()
	w.mu.Lock()
	if err != nil {
		return err
	}
	defer context.AfterFunc(ctx, w.wake)()
	for len(w.under) > most && w.failed == nil && ctx.Err() == nil {
		w.change.Wait()
	}
	return errors.Join(w.failed, ctx.Err())
}

// wake has all waiters look again.
func (w *Window) wake() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.change.Broadcast()
}

// Leave lets the oldest messages out, which are acknowledged. Whoever waits for that
// goes on after all of them were told.
func (w *Window) Leave(count int) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if count > len(w.under) {
		return fmt.Errorf("%d answers for %d messages", count, len(w.under))
	}
	leaving := w.under[:count]
	w.mu.Unlock()
	for _, acked := range leaving {
		if acked != nil {
			acked(nil)
		}
	}
	w.mu.Lock()
	w.under = w.under[count:]
	w.change.Broadcast()
	return nil
}

// Fail tells whoever waits, now or later, that no more answers come.
func (w *Window) Fail(err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.failed = err
	w.change.Broadcast()
}
