package client

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"
)

// TestWindow: no more than a window travels unanswered, and no more than a
// window is drawn ahead of a report that blocks.
func TestWindow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := newNetwork(t)
		n.serve("a", func(p *peer) {
			for id := uint64(1); id <= 12; id += 4 {
				for k := range uint64(4) {
					p.data(id + k)
				}
				time.Sleep(time.Second)
				if len(p.buf) > 0 {
					t.Errorf("more than the window came: %q", p.buf)
				}
				p.ok(id + 3)
			}
			p.drain()
		})
		cfg := n.config(Random, "a")
		cfg.Window = 4
		drawn, told := 0, 0
		texts := func(yield func(string) bool) {
			for text := range numbered(12) {
				if !yield(text) {
					return
				}
				if drawn++; drawn > told+5 {
					t.Errorf("%d are drawn, %d told", drawn, told)
				}
			}
		}
		began := time.Now()
		summary, err := n.client(cfg).SendAll(t.Context(), texts, func(Result) { told++; time.Sleep(10 * time.Second) })
		if err != nil || summary.Acknowledged != 12 || time.Since(began) < 2*time.Minute {
			t.Errorf("%+v, %v after %v", summary, err, time.Since(began))
		}
	})
}

// TestSendAllCancelled: what is on the way is lost, and the call comes back.
func TestSendAllCancelled(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := newNetwork(t)
		n.serve("a", func(p *peer) { p.data(1); p.ok(1); p.drain() })
		cfg := n.config(Random, "a")
		cfg.Window = 3
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(time.Second, cancel)
		f := fates{t: t}
		summary, err := n.client(cfg).SendAll(ctx, endless, f.report)
		if !errors.Is(err, context.Canceled) || summary.Elapsed != time.Second {
			t.Errorf("%v after %v", err, summary.Elapsed)
		}
		f.want("0 ok a", "1 lost a", "2 lost a", "3 lost a")
	})
}

// TestAnswersTooLate: answers that come when the call has given up, but has not
// told all yet, change nothing.
func TestAnswersTooLate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := newNetwork(t)
		n.serve("a", func(p *peer) {
			p.data(1)
			p.ok(1)
			p.data(2)
			p.data(3)
			time.Sleep(2 * time.Second)
			p.ok(3)
			p.drain()
		})
		cfg := n.config(Random, "a")
		cfg.Window = 3
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(time.Second, cancel)
		f := fates{t: t}
		_, err := n.client(cfg).SendAll(ctx, numbered(3), func(r Result) {
			f.report(r)
			time.Sleep(10 * time.Second)
		})
		if !errors.Is(err, context.Canceled) {
			t.Error(err)
		}
		f.want("0 ok a", "1 lost a", "2 lost a")
	})
}

// TestReportsMaySend: a report may use the client, as for what was lost.
func TestReportsMaySend(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n, a := newNetwork(t), new(obliging)
		n.serve("a", a.talk)
		cfg := n.config(Specific, "a")
		cfg.Window = 1
		c := n.client(cfg)
		_, err := c.SendAll(t.Context(), numbered(3), func(r Result) {
			if _, err := c.Send(t.Context(), "again "+r.Text); err != nil {
				t.Error(err)
			}
		})
		if got := len(a.taken()); err != nil || got != 6 {
			t.Errorf("%v, %d taken", err, got)
		}
	})
}

// TestSequencePanics: the panic comes out, and nothing stays behind.
func TestSequencePanics(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := newNetwork(t)
		n.serve("a", (*peer).drain)
		f := fates{t: t}
		defer func() {
			if recover() == nil {
				t.Error("no panic")
			}
			f.want("0 lost a")
		}()
		c := n.client(n.config(Random, "a"))
		_, _ = c.SendAll(t.Context(), func(yield func(string) bool) {
			yield("0")
			panic("no more")
		}, f.report)
	})
}
