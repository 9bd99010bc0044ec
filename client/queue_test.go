package client

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"xlattice.org/zog/internal/frame"
	"xlattice.org/zog/messages/pzog"
)

// mustEnqueue enqueues texts.
func mustEnqueue(t *testing.T, c *Client, texts ...string) (all []*Pending) {
	t.Helper()
	for _, text := range texts {
		p, err := c.Enqueue(t.Context(), text)
		if err != nil {
			t.Fatalf("%q: %v", text, err)
		}
		all = append(all, p)
	}
	return all
}

// Texts are sent in their order before any is answered, each gets its own result, and Flush returns
// the first error, once.
func TestEnqueue(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := newNetwork(t)
		n.serve("a", func(p *peer) {
			for id, want := range []string{"one", "two", "three"} {
				if got := p.data(uint64(id + 1)); got != want {
					t.Errorf("the host got %q, want %q", got, want)
				}
			}
			time.Sleep(time.Second)
			p.say(frame.Ok{ID: 1, Copies: 1, Origin: "A", Boot: 1, Seq: 7})
			p.refuse(2, pzog.Refusal_CONTROL)
			p.say(frame.Ok{ID: 3, Copies: 1, Origin: "A", Boot: 1, Seq: 8})
			p.drain()
		})
		c := n.client(n.config(Specific, "a"))
		all := mustEnqueue(t, c, "one", "two", "three")
		synctest.Wait()
		select {
		case <-all[0].Done():
			t.Error("there is a result before the answer")
		default:
		}
		var refused *RefusedError
		if err := c.Flush(t.Context()); !errors.As(err, &refused) {
			t.Errorf("Flush returns %v", err)
		}
		if err := c.Flush(t.Context()); err != nil {
			t.Errorf("Flush returns %v again", err)
		}
		for i, want := range []string{"A.1.7 <nil>", " refused: a control, line separator or bidi character inside", "A.1.8 <nil>"} {
			receipt, err := all[i].Wait(t.Context())
			if got := fmt.Sprint(receipt.ID, " ", err); got != want {
				t.Errorf("text %d: %q, want %q", i, got, want)
			}
		}
	})
}

// A text that hosts do not take is refused at once, and a full queue makes the next one wait.
func TestEnqueueWaitsForRoom(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := newNetwork(t)
		n.serve("a", func(p *peer) {
			p.data(1)
			p.data(2)
			time.Sleep(time.Second)
			p.ok(1)
			p.data(3)
			p.ok(3)
			p.drain()
		})
		cfg := n.config(Specific, "a")
		cfg.Window = 2
		c := n.client(cfg)
		var refused *RefusedError
		if p, err := c.Enqueue(t.Context(), "a\tb"); p != nil || !errors.As(err, &refused) {
			t.Errorf("%v", err)
		}
		mustEnqueue(t, c, "one", "two")
		short, cancel := context.WithTimeout(t.Context(), time.Millisecond)
		defer cancel()
		if _, err := c.Enqueue(short, "not now"); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("a full queue: %v", err)
		}
		if err := c.Flush(short); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("Flush: %v", err)
		}
		began := time.Now()
		mustEnqueue(t, c, "three")
		if took := time.Since(began); took > time.Second || took < 900*time.Millisecond {
			t.Errorf("there was room after %v", took)
		}
		if err := c.Flush(t.Context()); err != nil {
			t.Error(err)
		}
	})
}

// While no host can be reached the texts end with their time; the later ones are sent when one can.
// A queue that is idle leaves nothing running.
func TestEnqueueOverAnOutage(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n, b := newNetwork(t), new(obliging)
		c := n.client(n.config(Specific, "a"))
		lost := mustEnqueue(t, c, "one", "two")
		for _, p := range lost {
			if _, err := p.Wait(t.Context()); !errors.Is(err, ErrNoHost) {
				t.Errorf("without a host: %v", err)
			}
		}
		n.serve("a", b.talk)
		for _, p := range mustEnqueue(t, c, "three", "four") {
			if _, err := p.Wait(t.Context()); err != nil {
				t.Errorf("with a host: %v", err)
			}
		}
		if err := c.Flush(t.Context()); !errors.Is(err, ErrNoHost) {
			t.Errorf("Flush returns %v", err)
		}
		time.Sleep(2 * queueIdle)
		c.queue.running.Wait()
		if _, err := mustEnqueue(t, c, "five")[0].Wait(t.Context()); err != nil || len(b.taken()) != 3 {
			t.Errorf("after a pause: %v, the host has %q", err, b.taken())
		}
	})
}

// Close ends what waits: what was sent may be kept, and the rest is not sent.
func TestEnqueueAndClose(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := newNetwork(t)
		n.serve("a", func(p *peer) { p.drain() })
		c := n.client(n.config(Specific, "a"))
		p := mustEnqueue(t, c, "one")[0]
		synctest.Wait()
		c.Close()
		if _, err := p.Wait(t.Context()); !errors.Is(err, ErrUnacknowledged) || !errors.Is(err, ErrClosed) {
			t.Errorf("%v", err)
		}
		if _, err := c.Enqueue(t.Context(), "two"); !errors.Is(err, ErrClosed) {
			t.Errorf("%v", err)
		}
	})
}

// However many enqueue while the client is closed, each text has a result, and nothing hangs.
func TestEnqueueByMany(t *testing.T) {
	for round := range 50 {
		synctest.Test(t, func(t *testing.T) {
			n := newNetwork(t)
			n.serve("a", new(obliging).talk)
			cfg := n.config(Specific, "a")
			cfg.Window = 8
			c := n.client(cfg)
			var wg sync.WaitGroup
			for range 4 {
				wg.Go(func() {
					for range 20 {
						p, err := c.Enqueue(t.Context(), "x")
						if err == nil {
							_, err = p.Wait(t.Context())
						}
						if err != nil && !errors.Is(err, ErrClosed) {
							t.Error(err)
						}
					}
				})
			}
			if round%2 == 0 {
				c.Close()
			}
			wg.Wait()
		})
	}
}

// A text that was enqueued a moment before Close has a result, whether it was sent or not.
func TestEnqueueJustBeforeClose(t *testing.T) {
	for range 100 {
		synctest.Test(t, func(t *testing.T) {
			n := newNetwork(t)
			n.serve("a", func(p *peer) { p.drain() })
			c := n.client(n.config(Specific, "a"))
			p := mustEnqueue(t, c, "one")[0]
			c.Close()
			if _, err := p.Wait(t.Context()); !errors.Is(err, ErrClosed) {
				t.Errorf("%v", err)
			}
		})
	}
}
