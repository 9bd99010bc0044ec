package dispatch

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/cenkalti/backoff/v5"

	"xlattice.org/zog/internal/inorder"
)

// dispatcher is a Run.
type dispatcher[T, P any] struct {
	Config[T, P]
	most   int             // items that may be begun behind the saved place
	stop   context.Context // nothing more is begun
	cancel context.CancelFunc
	hard   context.Context
	all    sync.WaitGroup // the items that are being handled
	ended  chan struct{}  // has an element if the place may have moved behind an item

	mu      sync.Mutex
	changed sync.Cond // running has shrunk, oldest has grown, or stop has ended
	running int       // items that are being handled
	line    inorder.Line[P]
	moves   int   // how often the place has moved
	failure error // why Run ends; the first reason

	// What was saved last.
	saved  int // moves
	oldest int // the first item behind the place
}

// wake makes step look at stop again.
func (d *dispatcher[T, P]) wake() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.changed.Broadcast()
}

// step takes what the sequence has next. It returns false if no more is wanted.
func (d *dispatcher[T, P]) step(s *Step[T, P]) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	if s.Pass {
		d.moved(d.line.Pass(s.After))
		return d.stop.Err() == nil
	}
	for d.stop.Err() == nil && (d.running >= d.Parallel || d.line.Next()-d.oldest >= d.most) {
		d.changed.Wait()
	}
	if d.stop.Err() != nil {
		return false
	}
	d.running++
	item, ticket := s.Item, d.line.Begin(s.After)
	d.all.Go(func() { d.handle(item, ticket) })
	return true
}

// moved counts that the place has moved, if it has. The caller holds mu.
func (d *dispatcher[T, P]) moved(really bool) {
	if really {
		d.moves++
	}
}

// handle handles an item.
func (d *dispatcher[T, P]) handle(item T, ticket int) {
	err := d.attempts(item)
	d.mu.Lock()
	defer d.mu.Unlock()
	if err == nil {
		d.moved(d.line.End(ticket))
	}
	d.running--
	d.changed.Broadcast()
	select {
	case d.ended <- struct{}{}:
	default:
	}
}

// errStopped says that an item is not handled, as Run ends.
var errStopped = errors.New("stopped")

// attempts tries an item until it is handled, or failed too often. The error says that it counts as not handled.
func (d *dispatcher[T, P]) attempts(item T) error {
	_, err := backoff.Retry(d.stop, func() (struct{}, error) {
		err := d.Handle(d.hard, item)
		if err != nil && d.hard.Err() != nil {
			err = backoff.Permanent(errStopped)
		}
		return struct{}{}, err
	}, backoff.WithBackOff(pauses()), backoff.WithMaxTries(uint(d.Tries)), backoff.WithMaxElapsedTime(0),
		backoff.WithNotify(func(err error, pause time.Duration) { d.Retrying(item, err, pause) }))
	switch {
	case err == nil, errors.Is(err, errStopped), err == context.Cause(d.stop):
		return err
	case d.GaveUp != nil:
		d.GaveUp(item, err)
		return nil
	}
	d.fail(&FailedError[T]{item, d.Tries, err})
	return err
}

func pauses() *backoff.ExponentialBackOff {
	return &backoff.ExponentialBackOff{
		InitialInterval: FirstPause, MaxInterval: MaxPause, Multiplier: 2, RandomizationFactor: backoff.DefaultRandomizationFactor,
	}
}

// fail ends Run for a reason.
func (d *dispatcher[T, P]) fail(why error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.failure == nil {
		d.failure = why
	}
	d.cancel()
}

// save saves the place, if it has moved.
func (d *dispatcher[T, P]) save() {
	d.mu.Lock()
	place, _ := d.line.Reached()
	moves, oldest, before := d.moves, d.line.Oldest(), d.saved
	d.mu.Unlock()
	if moves == before {
		return
	}
	if err := d.Save(place); err != nil {
		d.fail(err)
		return
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.saved, d.oldest = moves, oldest
	d.changed.Broadcast()
}

// keepSaving saves the place whenever items were handled, and every second, as it moves also where there is nothing to
// handle. The function that it returns ends that, and saves the last place.
func (d *dispatcher[T, P]) keepSaving() (end func()) {
	quit, done := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(done)
		tick := time.NewTicker(saveEvery)
		defer tick.Stop()
		for {
			select {
			case <-d.ended:
			case <-tick.C:
			case <-quit:
				d.save()
				return
			}
			d.save()
		}
	}()
	return func() { close(quit); <-done }
}
