// Package dispatch handles each item of a sequence at least once: several at a time, again if that fails, and with a
// place saved behind which nothing is unhandled.
//
// The place is saved in order: behind an item only when it and all items before it were handled. No more than so many
// items are begun behind the place that was saved last: 1 if Parallel is 1, else Ahead * Parallel. So whoever dies at any
// moment and begins again at that place handles no more of them twice.
package dispatch

import (
	"context"
	"fmt"
	"iter"
	"time"
)

// Ahead times Parallel is how many items may be begun behind the saved place, if Parallel is not 1.
const Ahead = 10

// The pauses between attempts: each is about twice the one before.
const (
	FirstPause = time.Second
	MaxPause   = time.Minute
)

// saveEvery is how often the place is saved while there is nothing to handle.
const saveEvery = time.Second

// Step is what a sequence has next: an item, or only a place, with nothing to handle.
type Step[T, P any] struct {
	Item  T
	Pass  bool // there is no item
	After P    // the place behind it
}

// Config says how items are handled. Save is never called concurrently with itself, the others are.
type Config[T, P any] struct {
	Parallel int // how many items are handled at once, at least 1
	Tries    int // how often an item is tried; 0 is without limit

	// Handle handles an item. It returns soon after ctx ends, with an error if the item is not handled.
	Handle func(ctx context.Context, item T) error
	// Save saves a place.
	Save func(place P) error
	// Retrying is told that an item failed, and is tried again after a pause.
	Retrying func(item T, err error, pause time.Duration)
	// GaveUp, if not nil, is told that an item failed too often. The item then counts as handled. If GaveUp is nil, Run
	// ends with a FailedError.
	GaveUp func(item T, err error)
}

// FailedError means that an item failed Config.Tries times. Place and items after it can be handled by another Run.
type FailedError[T any] struct {
	Item  T
	Tries int
	Err   error // of the last attempt
}

func (e *FailedError[T]) Error() string {
	return fmt.Sprintf("failed %d times, at last: %v", e.Tries, e.Err)
}

func (e *FailedError[T]) Unwrap() error { return e.Err }

// Run handles the items of a sequence. It returns when the sequence has ended, or an item failed too often, or a place
// could not be saved; and all items that were begun are handled or have failed, and the place is saved.
//
// steps returns the sequence, and is given a context with which the sequence ends. When soft ends, nothing more is
// begun, nor tried again. When hard ends, the contexts of Handle end.
func Run[T, P any](soft, hard context.Context, c Config[T, P], steps func(context.Context) iter.Seq[Step[T, P]]) error {
	stop, cancel := context.WithCancel(soft)
	defer cancel()
	d := &dispatcher[T, P]{Config: c, stop: stop, cancel: cancel, hard: hard, ended: make(chan struct{}, 1), most: 1}
	if c.Parallel > 1 {
		d.most = Ahead * c.Parallel
	}
	d.changed.L = &d.mu
	defer context.AfterFunc(stop, d.wake)()
	endSaving := d.keepSaving()
	for step := range steps(stop) {
		if !d.step(&step) {
			break
		}
	}
	d.all.Wait()
	endSaving()
	return d.failure
}
