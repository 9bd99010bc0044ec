package client

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"xlattice.org/zog/internal/frame"
	"xlattice.org/zog/messages/pzog"
)

func TestSend(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := newNetwork(t)
		n.serve("a", func(p *peer) {
			f := p.next()
			if string(f.Data.Text) != "hello\r\n" || f.Data.ID != 1 || f.Data.TimeoutMS != 4500 {
				t.Errorf("the host got %+v", f.Data)
			}
			time.Sleep(3 * time.Millisecond)
			p.say(frame.Ok{ID: 1, Copies: 4, Origin: "LA", Boot: 94521311, Seq: 42})
			p.drain()
		})
		got, err := n.client(n.config(Specific, "a")).Send(t.Context(), "hello")
		want := Receipt{ID: ID{Origin: "LA", Boot: 94521311, Seq: 42}, Host: "a", Copies: 4, Latency: 3 * time.Millisecond}
		if err != nil || got != want {
			t.Errorf("got %+v, %v; want %+v", got, err, want)
		}
	})
}

// TestBadTextsDoNotTravel: the client refuses them as a host would.
func TestBadTextsDoNotTravel(t *testing.T) {
	n := newNetwork(t)
	c := n.client(n.config(Random, "a"))
	for text, want := range map[string]Refusal{
		"caf\xe9":                RefusalNotUTF8,
		"one\ntwo":               RefusalControl,
		strings.Repeat("x", 510): RefusalTooLong,
	} {
		_, err := c.Send(t.Context(), text)
		var refused *RefusedError
		if !errors.As(err, &refused) || refused.Refusal != want || refused.Host != "" {
			t.Errorf("%.10q: got %v, want %v", text, err, want)
		}
	}
	if len(n.dials) != 0 {
		t.Errorf("dialled %v", n.dials)
	}
}

func TestSendRefused(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := newNetwork(t)
		n.serve("a", func(p *peer) {
			p.data(1)
			p.say(frame.Ok{ID: 1, Refusal: pzog.Refusal_CONTROL, Detail: "byte 3"})
			p.drain()
		})
		receipt, err := n.client(n.config(Random, "a")).Send(t.Context(), "hello")
		var refused *RefusedError
		if !errors.As(err, &refused) || *refused != (RefusedError{RefusalControl, "byte 3", "a"}) {
			t.Errorf("got %#v", err)
		}
		if receipt.Host != "a" {
			t.Errorf("the receipt is %+v", receipt)
		}
	})
}

// TestSendFewCopies: short of copies is an error that says the message is kept.
func TestSendFewCopies(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := newNetwork(t)
		n.serve("a", func(p *peer) {
			if f := p.next(); f.Data.MinCopies != 3 {
				t.Errorf("asked for %d copies", f.Data.MinCopies)
			}
			p.say(frame.Ok{ID: 1, Copies: 2, Detail: "not G"})
			p.drain()
		})
		cfg := n.config(Random, "a")
		cfg.MinCopies = 3
		receipt, err := n.client(cfg).Send(t.Context(), "hello")
		var short *CopiesError
		if !errors.As(err, &short) || *short != (CopiesError{2, 3, "not G"}) || receipt.Copies != 2 {
			t.Errorf("got %+v, %v", receipt, err)
		}
	})
}

// TestSendElsewhere: a host that is down or not fit is passed over, and then
// left alone for a while.
func TestSendElsewhere(t *testing.T) {
	for name, talk := range map[string]func(*peer){
		"down":     nil,
		"stopping": func(p *peer) { p.data(1); p.refuse(1, pzog.Refusal_STOPPING); p.drain() },
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				n, b := newNetwork(t), new(obliging)
				n.serve("a", talk)
				n.serve("b", b.talk)
				c := n.client(n.config(RoundRobin, "a", "b"))
				for range 3 {
					if receipt, err := c.Send(t.Context(), "hello"); err != nil || receipt.Host != "b" {
						t.Errorf("got %+v, %v", receipt, err)
					}
				}
				if got := n.dialled("a"); got != 1 {
					t.Errorf("a was dialled %d times", got)
				}
			})
		})
	}
}

// TestSendTurns: messages go round, each host over one connection.
func TestSendTurns(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := newNetwork(t)
		hosts := []string{"a", "b", "c"}
		for _, h := range hosts {
			n.serve(h, new(obliging).talk)
		}
		c := n.client(n.config(RoundRobin, hosts...))
		for i := range 9 {
			if receipt, err := c.Send(t.Context(), "x"); err != nil || receipt.Host != hosts[i%3] {
				t.Errorf("message %d: got %+v, %v", i, receipt, err)
			}
		}
		if len(n.dials) != 3 {
			t.Errorf("dialled %v", n.dials)
		}
	})
}

// TestNoHost: whatever the order, hosts are waited for until the time is up, and then
// the error says why they were not reached; and one that comes up meanwhile is found.
func TestNoHost(t *testing.T) {
	send := func(ctx context.Context, cfg Config) error {
		c, err := New(cfg)
		if err == nil {
			defer c.Close()
			_, err = c.Send(ctx, "hello")
		}
		return err
	}
	sendAll := func(ctx context.Context, cfg Config) error {
		c, err := New(cfg)
		if err == nil {
			defer c.Close()
			_, err = c.SendAll(ctx, oneText, nil)
		}
		return err
	}
	dial := func(ctx context.Context, cfg Config) error {
		c, err := Dial(ctx, cfg)
		if err == nil {
			c.Close()
		}
		return err
	}
	for name, reach := range map[string]func(context.Context, Config) error{"Dial": dial, "Send": send, "SendAll": sendAll} {
		for order, hosts := range map[Order][]string{Random: {"a", "b"}, RoundRobin: {"a", "b"}, Specific: {"a"}} {
			t.Run(name+"/"+order.String(), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					n, began := newNetwork(t), time.Now()
					err := reach(t.Context(), n.config(order, hosts...))
					if !errors.Is(err, ErrNoHost) || !errors.Is(err, errRefused) || !errors.Is(err, ErrTimeout) || time.Since(began) != DefaultTimeout {
						t.Errorf("got %v after %v", err, time.Since(began))
					}
					if got := len(n.dials); got < 4*len(hosts) || got > 9*len(hosts) {
						t.Errorf("dialled %d times in 5 s", got)
					}
					time.AfterFunc(2*time.Second, func() { n.serve("a", new(obliging).talk) })
					began = time.Now()
					if err := reach(t.Context(), n.config(order, hosts...)); err != nil || time.Since(began) > 3*time.Second {
						t.Errorf("it comes up after 2 s: %v after %v", err, time.Since(began))
					}
				})
			})
		}
	}
}

// TestSpecificWaits: with nowhere else to go the client tries again, at last every
// second, until the time is up; and goes on in the next Send.
func TestSpecificWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := newNetwork(t)
		c := n.client(n.config(Specific, "a"))
		began := time.Now()
		_, err := c.Send(t.Context(), "hello")
		if !errors.Is(err, ErrNoHost) || !errors.Is(err, errRefused) || time.Since(began) != DefaultTimeout {
			t.Errorf("got %v after %v", err, time.Since(began))
		}
		if got := len(n.dials); got < 4 || got > 9 {
			t.Errorf("dialled %d times in 5 s", got)
		}
		time.AfterFunc(time.Minute, func() { n.serve("a", new(obliging).talk) })
		for {
			if _, err := c.Send(t.Context(), "hello"); err == nil {
				break
			}
		}
		if took := time.Since(began); took < time.Minute || took > time.Minute+DefaultTimeout+2*time.Second {
			t.Errorf("reached after %v", took)
		}
	})
}

// TestSendTimesOut: a host that works and never answers costs one timeout, and then
// the others go first.
func TestSendTimesOut(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n, b := newNetwork(t), new(obliging)
		n.serve("a", func(p *peer) { p.data(1); p.work(time.Minute) })
		n.serve("b", b.talk)
		c := n.client(n.config(RoundRobin, "a", "b"))
		began := time.Now()
		receipt, err := c.Send(t.Context(), "lost")
		if !errors.Is(err, ErrUnacknowledged) || receipt.Host != "a" || time.Since(began) != DefaultTimeout {
			t.Errorf("got %+v, %v after %v", receipt, err, time.Since(began))
		}
		if !errors.Is(err, ErrTimeout) || !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("%v does not say that the time was up", err)
		}
		for range 4 {
			if receipt, err := c.Send(t.Context(), "found"); err != nil || receipt.Host != "b" {
				t.Errorf("got %+v, %v", receipt, err)
			}
		}
	})
}

// TestSendCancelled: the end of the caller's context ends the wait, at once.
func TestSendCancelled(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := newNetwork(t)
		n.serve("a", (*peer).drain)
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(time.Second, cancel)
		began := time.Now()
		_, err := n.client(n.config(Random, "a")).Send(ctx, "hello")
		if !errors.Is(err, ErrUnacknowledged) || !errors.Is(err, context.Canceled) || time.Since(began) != time.Second {
			t.Errorf("got %v after %v", err, time.Since(began))
		}
	})
}

// TestLateAnswers: the answer to a message nobody waits for any more is not
// taken for another's.
func TestLateAnswers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := newNetwork(t)
		n.serve("a", func(p *peer) {
			p.data(1)
			p.data(2)
			p.refuse(1, pzog.Refusal_CONTROL)
			p.ok(2)
			p.drain()
		})
		c := n.client(n.config(Specific, "a"))
		if _, err := c.Send(t.Context(), "one"); !errors.Is(err, ErrUnacknowledged) {
			t.Errorf("the first: %v", err)
		}
		if _, err := c.Send(t.Context(), "two"); err != nil {
			t.Errorf("the second: %v", err)
		}
	})
}

// TestSendsShare: Sends at once are on the way together, over one connection.
func TestSendsShare(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const count = 50
		n := newNetwork(t)
		n.serve("a", func(p *peer) {
			for id := range uint64(count) {
				p.data(id + 1) // all of them, before any answer
			}
			p.say(frame.Ok{ID: count - 1, Copies: 1})
			p.refuse(count, pzog.Refusal_CONTROL)
			p.drain()
		})
		c := n.client(n.config(Specific, "a"))
		var wg sync.WaitGroup
		var refused sync.Map
		for i := range count {
			wg.Go(func() {
				if _, err := c.Send(t.Context(), fmt.Sprint(i)); err != nil {
					refused.Store(i, err)
				}
			})
		}
		wg.Wait()
		failures := 0
		refused.Range(func(any, any) bool { failures++; return true })
		if failures != 1 || len(n.dials) != 1 {
			t.Errorf("%d failed, %d connections", failures, len(n.dials))
		}
	})
}
