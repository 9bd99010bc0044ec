package client

import (
	"errors"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"xlattice.org/zog/internal/frame"
	"xlattice.org/zog/messages/pzog"
)

// TestSendAgainWhileIdle: what is lost, or refused by an unfit host, does not wait
// for the sequence to go on.
func TestSendAgainWhileIdle(t *testing.T) {
	for name, test := range map[string]struct {
		talk  func(*peer)
		after time.Duration
	}{
		"lost": {func(p *peer) { p.data(1); time.Sleep(time.Second) }, 1200 * time.Millisecond},
		"refused": {func(p *peer) {
			p.data(1)
			time.Sleep(time.Second)
			p.refuse(1, pzog.Refusal_STORAGE)
			p.drain()
		}, time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				n, b := newNetwork(t), new(obliging)
				n.serve("a", test.talk)
				n.serve("b", b.talk)
				began, f := time.Now(), fates{t: t}
				texts := func(yield func(string) bool) {
					yield("0")
					time.Sleep(time.Hour)
					yield("1")
				}
				var told []time.Duration
				cfg := n.config(RoundRobin, "a", "b")
				summary, err := n.client(cfg).SendAll(t.Context(), texts, func(r Result) {
					f.report(r)
					told = append(told, time.Since(began))
				})
				f.want("0 ok b", "1 ok b")
				if err != nil || !slices.Equal(told, []time.Duration{test.after, time.Hour}) {
					t.Errorf("%+v, %v; told after %v", summary, err, told)
				}
			})
		})
	}
}

// TestSendAllInVain: when every host takes texts and none answers, those that were
// sent are lost once the time is up, and the rest has its turn.
func TestSendAllInVain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var m memory
		n := newNetwork(t)
		n.serve("a", m.dies)
		n.serve("b", m.dies)
		cfg := n.config(RoundRobin, "a", "b")
		cfg.Window = 3
		f := fates{t: t}
		summary, err := n.client(cfg).SendAll(t.Context(), numbered(6), f.report)
		if err != nil || len(f.list) != 6 {
			t.Errorf("%v, %d reports", err, len(f.list))
		}
		if summary.Unacknowledged != 6 || summary.Resent == 0 || summary.Elapsed < 2*DefaultTimeout || summary.Elapsed > 3*DefaultTimeout+DefaultRetryMax {
			t.Errorf("%+v", summary)
		}
		if got := len(n.dials); got > 40 {
			t.Errorf("dialled %d times", got)
		}
	})
}

// TestSendAllOutlastsAnOutage: what was lost is reported when no host is reached in
// time; with nothing else to send, that is not the end.
func TestSendAllOutlastsAnOutage(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n, a := newNetwork(t), new(obliging)
		n.serve("a", func(p *peer) { n.serve("a", nil); p.data(1) })
		texts := func(yield func(string) bool) {
			yield("0")
			time.Sleep(time.Hour)
			n.serve("a", a.talk)
			yield("1")
		}
		f := fates{t: t}
		summary, err := n.client(n.config(Specific, "a")).SendAll(t.Context(), texts, f.report)
		if err != nil {
			t.Error(err)
		}
		f.want("0 lost a", "1 ok a")
		wantSummary(t, summary, Summary{Acknowledged: 1, Unacknowledged: 1, Hosts: []string{"a"}})
	})
}

// TestSendAllGivesUp: with more to send, it ends with the search; what was lost and
// what was not sent are told apart.
func TestSendAllGivesUp(t *testing.T) {
	for order, hosts := range map[Order][]string{Random: {"a", "b"}, Specific: {"a"}} {
		t.Run(order.String(), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				n := newNetwork(t)
				n.serve("a", func(p *peer) {
					n.serve("a", nil)
					var first [1]byte
					_, _ = p.conn.Read(first[:]) // of the first write, which goes no further
					time.Sleep(time.Second)
				})
				texts := func(yield func(string) bool) {
					yield("0")
					synctest.Wait() // it is in the first write
					_ = yield("1") && yield("\x00") && yield("2")
				}
				f := fates{t: t}
				summary, err := n.client(n.config(order, hosts...)).SendAll(t.Context(), texts, f.report)
				if !errors.Is(err, ErrNoHost) || !errors.Is(err, errRefused) || summary.Elapsed != time.Second+DefaultTimeout {
					t.Errorf("%v after %v", err, summary.Elapsed)
				}
				f.want("0 lost a", "1 unsent", "\x00 CONTROL", "2 unsent")
				wantSummary(t, summary, Summary{Refused: 1, Unacknowledged: 1, Unsent: 2, Hosts: []string{"a"}})
			})
		})
	}
}

// TestAnsweredBehindALoss: when nothing more can be written, what the host answers
// still counts, and the rest goes elsewhere.
func TestAnsweredBehindALoss(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n, b := newNetwork(t), new(obliging)
		n.serve("a", func(p *peer) {
			p.data(1)
			time.Sleep(linger / 2)
			p.ok(1)
			p.drain()
		})
		n.serve("b", b.talk)
		c := n.client(n.config(RoundRobin, "a", "b"))
		texts := func(yield func(string) bool) {
			yield("0")
			synctest.Wait()
			cn, _ := c.current(0)
			cn.fail(errHostClosed)
			yield("1")
		}
		f := fates{t: t}
		summary, err := c.SendAll(t.Context(), texts, func(r Result) {
			f.report(r)
			time.Sleep(time.Hour) // nobody waits for the reporter
			if got := b.taken(); len(got) != 1 {
				t.Errorf("b took %v", got)
			}
		})
		if err != nil || summary.Resent != 0 {
			t.Errorf("%+v, %v", summary, err)
		}
		f.want("0 ok a", "1 ok b")
	})
}

// fullConn is a connection that nobody serves, with no room for a message.
func fullConn() *conn {
	c := &conn{host: "a"}
	c.room.L = &c.mu
	return c
}

// TestLaneIsShut: who waits to push comes back, and nobody pushes any more.
func TestLaneIsShut(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := &lease{conn: fullConn(), sender: newCall(1)}
		done := make(chan error)
		go func() { done <- l.send(t.Context(), &frame.Data{}) }()
		synctest.Wait()
		if n := l.close(); n != 0 {
			t.Errorf("%d are said to be pushed", n)
		}
		if err := <-done; !errors.Is(err, errLeaseClosed) {
			t.Errorf("whoever waited got %v", err)
		}
		l.conn.flight.size = 1
		if err := l.send(t.Context(), &frame.Data{}); !errors.Is(err, errLeaseClosed) {
			t.Errorf("who came later got %v", err)
		}
	})
}

// TestUnfitIsLeftAtOnce: once a host has refused for its own reasons the feeder
// does not get another text through to it.
func TestUnfitIsLeftAtOnce(t *testing.T) {
	p := newPipeline(&Config{Window: 2})
	l := p.newLease(fullConn())
	l.conn.flight.size = 2
	l.sender.resolve(1, unfit)
	if err := l.send(t.Context(), &frame.Data{}); !errors.Is(err, errLeaseClosed) {
		t.Errorf("the next got %v", err)
	}
}

// TestResendThatFails: a text counts as sent again when it was.
func TestResendThatFails(t *testing.T) {
	p := newPipeline(&Config{Window: 1})
	f := &failover{client: &Client{}, pipeline: p, lease: p.newLease(fullConn())}
	f.lease.close()
	if f.send(t.Context(), 0, true) || p.at(0).resends != 0 {
		t.Errorf("sent again %d times", p.at(0).resends)
	}
}
