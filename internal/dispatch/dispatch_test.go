package dispatch

import (
	"context"
	"errors"
	"iter"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// world is what there is outside: what was handled, and which place was saved. Items are numbers, and the place behind
// item i is i.
type world struct {
	mu      sync.Mutex
	began   []int
	handled map[int]int // how often
	saved   []int
	events  []any // error of Retrying and GaveUp
}

func (w *world) note(f func()) { w.mu.Lock(); defer w.mu.Unlock(); f() }

// config returns a Config that handles each item by do.
func (w *world) config(parallel, tries int, do func(ctx context.Context, item int) error) Config[int, int] {
	if w.handled == nil {
		w.handled = map[int]int{}
	}
	return Config[int, int]{
		Parallel: parallel, Tries: tries,
		Handle: func(ctx context.Context, item int) error {
			w.note(func() { w.began = append(w.began, item) })
			err := do(ctx, item)
			if err == nil {
				w.note(func() { w.handled[item]++ })
			}
			return err
		},
		Save:     func(place int) error { w.note(func() { w.saved = append(w.saved, place) }); return nil },
		Retrying: func(_ int, err error, _ time.Duration) { w.note(func() { w.events = append(w.events, err) }) },
	}
}

// numbers are the items first to last, of which those that pass accepts are passed. They end with the context.
func numbers(first, last int, pass func(int) bool) func(context.Context) iter.Seq[Step[int, int]] {
	return func(ctx context.Context) iter.Seq[Step[int, int]] {
		return func(yield func(Step[int, int]) bool) {
			for i := first; i <= last; i++ {
				if ctx.Err() != nil || !yield(Step[int, int]{Item: i, After: i, Pass: pass != nil && pass(i)}) {
					return
				}
			}
		}
	}
}

// forEver blocks behind some numbers until the context ends, as a log does to which nothing comes.
func forEver(last int) func(context.Context) iter.Seq[Step[int, int]] {
	return func(ctx context.Context) iter.Seq[Step[int, int]] {
		return func(yield func(Step[int, int]) bool) {
			for s := range numbers(1, last, nil)(ctx) {
				if !yield(s) {
					return
				}
			}
			<-ctx.Done()
		}
	}
}

func (w *world) last() int {
	if len(w.saved) == 0 {
		return 0
	}
	return w.saved[len(w.saved)-1]
}

var errBad = errors.New("bad")

func TestItemsAreHandledInOrderOneByOne(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var w world
		c := w.config(1, 1, func(_ context.Context, item int) error {
			w.note(func() {
				if w.last() != item-1 {
					t.Errorf("item %d begins when %d is saved", item, w.last())
				}
			})
			return nil
		})
		if err := Run(t.Context(), t.Context(), c, numbers(1, 5, nil)); err != nil {
			t.Error(err)
		}
		if want := []int{1, 2, 3, 4, 5}; !slices.Equal(w.began, want) || !slices.Equal(w.saved, want) {
			t.Errorf("began %v, saved %v", w.began, w.saved)
		}
	})
}

// A slow item holds the place back, and lets only so many others begin.
func TestASlowItemHoldsThePlace(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var w world
		release := make(chan struct{})
		c := w.config(2, 1, func(_ context.Context, item int) error {
			if item == 1 {
				<-release
			}
			return nil
		})
		done := make(chan error)
		go func() { done <- Run(t.Context(), t.Context(), c, numbers(1, 100, nil)) }()
		synctest.Wait()
		w.note(func() {
			if len(w.began) != 2*Ahead || len(w.saved) != 0 {
				t.Errorf("%d items began, and %v is saved", len(w.began), w.saved)
			}
		})
		close(release)
		if err := <-done; err != nil || w.last() != 100 || w.saved[0] < 2*Ahead {
			t.Errorf("saved %v, %v", w.saved, err)
		}
	})
}

// An item that fails is tried again, ever later.
func TestAnItemThatFailsIsTriedAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var w world
		var at []time.Time
		c := w.config(1, 5, func(_ context.Context, item int) error {
			if item != 2 || len(at) == 4 {
				return nil
			}
			at = append(at, time.Now())
			return errBad
		})
		if err := Run(t.Context(), t.Context(), c, numbers(1, 3, nil)); err != nil || w.last() != 3 || len(w.events) != 4 {
			t.Errorf("%v, saved %v, told %v", err, w.saved, w.events)
		}
		for i, pause := 1, FirstPause; i < len(at); i, pause = i+1, 2*pause {
			if got := at[i].Sub(at[i-1]); got < pause/2 || got > pause*3/2 {
				t.Errorf("attempt %d comes after %v", i+1, got)
			}
		}
	})
}

// An item that fails too often ends it, with the place before that item and the others handled.
func TestAnItemThatFailsTooOften(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var w world
		c := w.config(3, 2, func(ctx context.Context, item int) error {
			switch item {
			case 3:
				return errBad
			case 4:
				time.Sleep(time.Hour) // it is waited for
			}
			return nil
		})
		err := Run(t.Context(), t.Context(), c, forEver(4))
		var failed *FailedError[int]
		if !errors.As(err, &failed) || failed.Item != 3 || !errors.Is(err, errBad) || err.Error() != "failed 2 times, at last: bad" {
			t.Error(err)
		}
		if w.last() != 2 || w.handled[4] != 1 {
			t.Errorf("saved %v, handled %v", w.saved, w.handled)
		}
	})
}

// With GaveUp it goes on behind the item.
func TestAnItemIsGivenUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var w world
		var gaveUp []int
		c := w.config(1, 2, func(_ context.Context, item int) error {
			if item == 2 {
				return errBad
			}
			return nil
		})
		c.GaveUp = func(item int, err error) { gaveUp = append(gaveUp, item) }
		if err := Run(t.Context(), t.Context(), c, numbers(1, 3, nil)); err != nil || w.last() != 3 || !slices.Equal(gaveUp, []int{2}) {
			t.Errorf("%v, saved %v, gave up %v", err, w.saved, gaveUp)
		}
	})
}

// Soft: what runs is waited for, and what failed is not tried again. Hard: the contexts end.
func TestTheEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var w world
		soft, stop := context.WithCancel(t.Context())
		hard, kill := context.WithCancel(t.Context())
		c := w.config(3, 0, func(ctx context.Context, item int) error {
			switch item {
			case 1:
				time.Sleep(time.Hour)
			case 2:
				return errBad
			case 3:
				<-ctx.Done()
				return ctx.Err()
			}
			return nil
		})
		done := make(chan error)
		go func() { done <- Run(soft, hard, c, forEver(3)) }()
		synctest.Wait()
		stop()
		synctest.Wait()
		tried := len(w.began)
		time.Sleep(2 * time.Hour)
		w.note(func() {
			if len(w.began) != tried || w.last() != 1 {
				t.Errorf("began %v, saved %v", w.began, w.saved)
			}
		})
		kill()
		if err := <-done; err != nil || w.last() != 1 || w.handled[3] != 0 {
			t.Errorf("%v, saved %v, handled %v", err, w.saved, w.handled)
		}
	})
}

// Where there is nothing to handle the place moves too, and is saved soon.
func TestPassing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var w world
		stopped, stop := context.WithCancel(t.Context())
		c := w.config(1, 1, func(context.Context, int) error { return nil })
		steps := func(ctx context.Context) iter.Seq[Step[int, int]] {
			return func(yield func(Step[int, int]) bool) {
				for s := range numbers(1, 1000, func(i int) bool { return i != 500 })(ctx) {
					if !yield(s) {
						return
					}
				}
				<-ctx.Done()
			}
		}
		done := make(chan error)
		go func() { done <- Run(stopped, t.Context(), c, steps) }()
		time.Sleep(2 * saveEvery)
		w.note(func() {
			if w.last() != 1000 || len(w.saved) > 2 || !slices.Equal(w.began, []int{500}) {
				t.Errorf("saved %v, began %v", w.saved, w.began)
			}
		})
		stop()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
}

// The last place is saved at the end, also if there was nothing to handle before it.
func TestTheLastPlaceIsSaved(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var w world
		c := w.config(1, 1, func(context.Context, int) error { return nil })
		if err := Run(t.Context(), t.Context(), c, numbers(1, 5, func(int) bool { return true })); err != nil || w.last() != 5 {
			t.Errorf("saved %v, %v", w.saved, err)
		}
	})
}

// A place that cannot be saved ends it.
func TestAPlaceThatCannotBeSaved(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var w world
		c := w.config(1, 1, func(context.Context, int) error { return nil })
		c.Save = func(int) error { return errBad }
		if err := Run(t.Context(), t.Context(), c, forEver(10)); !errors.Is(err, errBad) || len(w.began) != 1 {
			t.Errorf("%v, began %v", err, w.began)
		}
	})
}

// However often it dies and begins again where the saved place is, each item is handled, and few of them more than once.
func TestWhoeverDiesAnywhereHandlesAll(t *testing.T) {
	for seed := range uint64(30) {
		synctest.Test(t, func(t *testing.T) {
			const count = 300
			r := rand.New(rand.NewPCG(seed, 1))
			var w world
			for deaths := 0; w.last() < count; deaths++ {
				died := make(chan struct{})
				parallel := 1 + r.IntN(4)
				before, begun := w.last(), len(w.began)
				mortal := func(do func()) error { // a dead process does nothing more
					w.mu.Lock()
					defer w.mu.Unlock()
					select {
					case <-died:
						return errBad
					default:
						do()
						return nil
					}
				}
				c := w.config(parallel, 0, nil)
				pauses := rand.New(rand.NewPCG(seed, uint64(deaths)))
				c.Handle = func(_ context.Context, item int) error {
					var pause int
					if err := mortal(func() { w.began = append(w.began, item); pause = pauses.IntN(50) }); err != nil {
						return err
					}
					time.Sleep(time.Duration(pause) * time.Millisecond)
					if pause == 0 {
						return errBad
					}
					return mortal(func() { w.handled[item]++ })
				}
				c.Save = func(place int) error { return mortal(func() { w.saved = append(w.saved, place) }) }
				soft, stop := context.WithCancel(t.Context())
				time.AfterFunc(time.Duration(100+r.IntN(3000))*time.Millisecond, func() {
					w.note(func() { close(died) })
					stop()
				})
				_ = Run(soft, soft, c, numbers(before+1, count, nil))
				stop()
				behind := 0
				for _, item := range w.began[begun:] {
					behind = max(behind, item-w.last())
				}
				most := 1
				if parallel > 1 {
					most = Ahead * parallel
				}
				if behind > most {
					t.Errorf("seed %d: %d items begin again, of %d at once", seed, behind, parallel)
				}
				time.Sleep(time.Minute)
			}
			for i := 1; i <= count; i++ {
				if w.handled[i] == 0 {
					t.Errorf("seed %d: item %d was not handled", seed, i)
				}
			}
			if !slices.IsSorted(w.saved) {
				t.Errorf("seed %d: the place goes back: %v", seed, w.saved)
			}
		})
	}
}
