package client

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"testing"
	"testing/synctest"
	"time"
)

// blocking yields texts and then blocks until it is released. What the next yield
// returns it sends on over, and closes it.
type blocking struct {
	texts   []string
	release chan struct{}
	over    chan bool
}

func newBlocking(texts ...string) *blocking {
	return &blocking{texts, make(chan struct{}), make(chan bool, 1)}
}

func (b *blocking) seq(yield func(string) bool) {
	defer close(b.over)
	for _, text := range b.texts {
		if !yield(text) {
			return
		}
	}
	<-b.release
	b.over <- yield("one more")
}

// TestSendAllDoesNotWaitForItsSequence: it ends with Close and with its context,
// although the sequence blocks; what was drawn is reported. The sequence ends at its
// next yield.
func TestSendAllDoesNotWaitForItsSequence(t *testing.T) {
	tests := map[string]struct {
		talk  func(*peer)
		end   func(*Client, context.CancelFunc)
		want  error
		after time.Duration
		fates []string
	}{
		"closed, all answered": {
			new(obliging).talk, func(c *Client, _ context.CancelFunc) { c.Close() },
			ErrClosed, time.Second, []string{"0 ok a", "1 ok a"},
		},
		"closed, unanswered": {
			func(p *peer) { p.data(1); p.data(2); p.work(time.Hour) }, func(c *Client, _ context.CancelFunc) { c.Close() },
			ErrClosed, time.Second, []string{"0 lost a", "1 lost a"},
		},
		"cancelled": {
			func(p *peer) { p.data(1); p.ok(1); p.data(2); p.work(time.Hour) }, func(_ *Client, cancel context.CancelFunc) { cancel() },
			context.Canceled, time.Second, []string{"0 ok a", "1 lost a"},
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				n := newNetwork(t)
				n.serve("a", test.talk)
				c, b, f := n.client(n.config(RoundRobin, "a")), newBlocking("0", "1"), fates{t: t}
				ctx, cancel := context.WithCancel(t.Context())
				defer cancel()
				time.AfterFunc(time.Second, func() { test.end(c, cancel) })
				summary, err := c.SendAll(ctx, b.seq, f.report)
				if !errors.Is(err, test.want) || summary.Elapsed != test.after || summary.Total() != len(f.list) {
					t.Errorf("%v; %+v", err, summary)
				}
				f.want(test.fates...)
				close(b.release)
				if took := <-b.over; took {
					t.Error("a text was taken after the end")
				}
			})
		})
	}
}

// TestSequenceIsWaitedForWhenItWasLeft: a sequence that does not block has ended when
// SendAll has, and may use what is the caller's.
func TestSequenceIsWaitedForWhenItWasLeft(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := newNetwork(t)
		n.serve("a", func(p *peer) { p.next(); p.work(time.Minute) })
		cfg := n.config(Random, "a")
		cfg.Window = 2
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(time.Second, cancel)
		ended := false // the race detector looks at it too
		_, err := n.client(cfg).SendAll(ctx, func(yield func(string) bool) {
			endless(yield)
			time.Sleep(time.Second)
			ended = true
		}, nil)
		if !errors.Is(err, context.Canceled) || !ended {
			t.Errorf("%v; the sequence has ended: %v", err, ended)
		}
	})
}

// TestNoHostWaitsForTheNextText: who gets ErrNoHost may begin another sequence on what
// the first one used, since that has ended; unless the context has, too.
func TestNoHostWaitsForTheNextText(t *testing.T) {
	for end, drawn := range map[time.Duration]int{time.Hour: 3, 30 * time.Second: 2} {
		synctest.Test(t, func(t *testing.T) {
			n := newNetwork(t)
			n.serve("a", func(p *peer) {
				n.serve("a", nil)
				var first [1]byte
				_, _ = p.conn.Read(first[:]) // of the first write, which goes no further
				time.Sleep(time.Second)
			})
			texts := func(yield func(string) bool) {
				more := yield("0")
				synctest.Wait() // it is in the first write
				more = more && yield("1")
				time.Sleep(time.Minute)
				_ = more && yield("2")
			}
			ctx, cancel := context.WithTimeout(t.Context(), end)
			defer cancel()
			summary, err := n.client(n.config(RoundRobin, "a")).SendAll(ctx, texts, nil)
			if !errors.Is(err, ErrNoHost) || summary.Total() != drawn || summary.Elapsed != min(end, time.Minute) {
				t.Errorf("%v; %+v", err, summary)
			}
			time.Sleep(time.Hour)
		})
	}
}

// TestOnlyBadTextsAreInterrupted: a sequence of which nothing travels ends too.
func TestOnlyBadTextsAreInterrupted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := newNetwork(t)
		c := n.client(n.config(Random, "a"))
		time.AfterFunc(time.Second, func() { c.Close() })
		_, err := c.SendAll(t.Context(), func(yield func(string) bool) {
			for yield("\x00") {
				time.Sleep(time.Millisecond)
			}
		}, func(r Result) {
			var refused *RefusedError
			if !errors.As(r.Err, &refused) || refused.Refusal != RefusalControl {
				t.Errorf("text %d: %v", r.Index, r.Err)
			}
		})
		is(t, "SendAll", err, ErrClosed)
		time.Sleep(time.Second) // the sequence comes to its next yield
	})
}

// TestSequenceEndsItsGoroutine: as t.FailNow does in it; then the caller's ends too.
func TestSequenceEndsItsGoroutine(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := newNetwork(t)
		n.serve("a", new(obliging).talk)
		c := n.client(n.config(Random, "a"))
		ended := make(chan bool)
		go func() {
			whole := false
			defer func() { ended <- whole }()
			_, _ = c.SendAll(t.Context(), func(yield func(string) bool) {
				yield("0")
				runtime.Goexit()
			}, nil)
			whole = true
		}()
		if whole := <-ended; whole {
			t.Error("SendAll came back")
		}
	})
}

// TestEndsUnderLoad: however the end of the context meets the drawing of texts, each
// text that was drawn is reported, once and in order.
func TestEndsUnderLoad(t *testing.T) {
	for i := range 50 {
		n, a := newNetwork(t), new(obliging)
		n.serve("a", a.talk)
		cfg := n.config(Random, "a")
		cfg.Window = 8
		c, f := n.client(cfg), fates{t: t}
		ctx, cancel := context.WithCancel(t.Context())
		summary, err := c.SendAll(ctx, func(yield func(string) bool) {
			for k := 0; yield(fmt.Sprint(k)); k++ {
				if k == 10*i {
					go cancel()
				}
			}
		}, f.report)
		if !errors.Is(err, context.Canceled) || summary.Total() != len(f.list) {
			t.Fatalf("%v; %+v", err, summary)
		}
		c.Close()
		n.wg.Wait()
		if got := len(a.taken()); got < summary.Acknowledged || got > summary.Total() {
			t.Fatalf("%d were taken: %+v", got, summary)
		}
		if texts := a.taken(); !slices.IsSortedFunc(texts, func(a, b string) int { return len(a) - len(b) }) {
			t.Fatalf("taken out of order: %v", texts)
		}
	}
}
