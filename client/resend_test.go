package client

import (
	"errors"
	"slices"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"xlattice.org/zog/messages/pzog"
)

// dies is a host that takes one message and ends the connection without an answer.
func (m *memory) dies(p *peer) {
	if f := p.next(); f != nil {
		m.take(&f.Data)
	}
}

// refuses is a host that refuses all for the same reason.
func refuses(why pzog.Refusal) func(*peer) {
	return func(p *peer) {
		for f := p.next(); f != nil; f = p.next() {
			p.refuse(f.Data.ID, why)
		}
	}
}

// TestSendAgain: a text whose connection is lost goes to another host, or to the
// same when there is no other, under the same name. The host is told how much
// longer it is waited for, and gets the text only when it could have had it from the
// first.
func TestSendAgain(t *testing.T) {
	for name, hosts := range map[string][]string{"elsewhere": {"a", "b"}, "to the same": {"a"}} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var m memory
				n, last, began := newNetwork(t), hosts[len(hosts)-1], time.Now()
				n.serve("a", func(p *peer) {
					n.serve(last, func(p *peer) {
						f := p.next()
						if time.Since(began) < 2200*time.Millisecond {
							t.Errorf("it comes again after %v", time.Since(began))
						}
						if want := copiesTimeout(DefaultTimeout - time.Since(began)); f.Data.TimeoutMS != want {
							t.Errorf("the host may wait %d ms, want %d", f.Data.TimeoutMS, want)
						}
						m.take(&f.Data)
						time.Sleep(time.Second)
						p.ok(1)
						p.drain()
					})
					m.take(&p.next().Data)
					p.work(2 * time.Second)
				})
				cfg := n.config(RoundRobin, hosts...)
				receipt, err := n.client(cfg).Send(t.Context(), "hello")
				want := Receipt{Host: last, Copies: 1, Resends: 1, Latency: time.Since(began)}
				if err != nil || receipt != want {
					t.Errorf("got %+v, %v; want %+v", receipt, err, want)
				}
				if names := m.named(); len(m.taken()) != 1 || len(names) != 2 {
					t.Errorf("%v were taken as %v", m.taken(), names)
				}
			})
		})
	}
}

// TestSendAgainInAHurry: also who has little time gets a second chance.
func TestSendAgainInAHurry(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n, b := newNetwork(t), new(obliging)
		n.serve("a", b.dies)
		n.serve("b", b.talk)
		cfg := n.config(RoundRobin, "a", "b")
		cfg.Timeout = 50 * time.Millisecond
		receipt, err := n.client(cfg).Send(t.Context(), "hello")
		if want := (Receipt{Host: "b", Copies: 1, Resends: 1, Latency: 5 * time.Millisecond}); err != nil || receipt != want {
			t.Errorf("got %+v, %v; want %+v", receipt, err, want)
		}
	})
}

// TestNames: a client's messages have one session and numbers of their own, and
// those of a SendAll too; no two clients share a session.
func TestNames(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n, a := newNetwork(t), new(obliging)
		n.serve("a", a.talk)
		seen := map[uint64]bool{}
		for range 3 {
			c := n.client(n.config(Random, "a"))
			for range 3 {
				_, _ = c.Send(t.Context(), "hello")
			}
			for range 2 {
				_, _ = c.SendAll(t.Context(), slices.Values([]string{"1", "\x00", "3"}), nil)
			}
		}
		names := a.named()
		for len(names) > 0 {
			numbers := []uint64{1, 2, 3}
			if len(seen)%3 > 0 { // of a SendAll
				numbers = []uint64{1, 3}
			}
			session := names[0].session
			if session == 0 || seen[session] {
				t.Errorf("session %x is not new", session)
			}
			seen[session] = true
			for _, number := range numbers {
				if names[0] != (name{session, number}) {
					t.Errorf("got %+v, want number %d of %x", names[0], number, session)
				}
				names = names[1:]
			}
		}
	})
}

// TestNoResend: on demand all is as if nothing could be sent twice.
func TestNoResend(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var m memory
		n := newNetwork(t)
		n.serve("a", m.dies)
		n.serve("b", m.dies)
		cfg := n.config(RoundRobin, "a", "b")
		cfg.NoResend = true
		began := time.Now()
		receipt, err := n.client(cfg).Send(t.Context(), "hello")
		if !errors.Is(err, ErrUnacknowledged) || receipt != (Receipt{Host: "a"}) || time.Since(began) != 0 {
			t.Errorf("got %+v, %v after %v", receipt, err, time.Since(began))
		}
		if names := m.named(); !slices.Equal(names, make([]name, 1)) {
			t.Errorf("the host got %v", names)
		}
	})
}

// TestSendAgainInVain: what comes to nothing until the time is up is what it was
// when it was lost, whatever the hosts say that are asked later.
func TestSendAgainInVain(t *testing.T) {
	var m memory
	tests := map[string]struct {
		later func(*peer) // the host that is asked again
		took  time.Duration
	}{
		"lost again":    {m.dies, DefaultTimeout},
		"down":          {nil, DefaultTimeout},
		"unfit":         {refuses(pzog.Refusal_STOPPING), DefaultTimeout},
		"no answer":     {(*peer).drain, DefaultTimeout},
		"a bad text":    {refuses(pzog.Refusal_CONTROL), 200 * time.Millisecond},
		"a wrong frame": {func(p *peer) { p.next(); p.ok(7) }, DefaultTimeout},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				n := newNetwork(t)
				n.serve("a", func(p *peer) {
					n.serve("a", nil)
					m.dies(p)
				})
				n.serve("b", test.later)
				began := time.Now()
				receipt, err := n.client(n.config(RoundRobin, "a", "b")).Send(t.Context(), "hello")
				if !errors.Is(err, ErrUnacknowledged) || errors.Is(err, ErrNoHost) || errors.As(err, new(*RefusedError)) {
					t.Errorf("got %v", err)
				}
				if receipt.Copies != 0 || receipt.Latency != 0 || time.Since(began) != test.took {
					t.Errorf("%+v after %v, want it after %v", receipt, time.Since(began), test.took)
				}
				if got := len(n.dials); got > 20 {
					t.Errorf("dialled %d times", got)
				}
			})
		})
	}
}

// TestRefusedByAll: what no host is fit to take is refused once the time is up; and
// a host that is fit again before takes it.
func TestRefusedByAll(t *testing.T) {
	for name, hosts := range map[string][]string{"one": {"a"}, "two": {"a", "b"}} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				n := newNetwork(t)
				var fit atomic.Bool
				var came atomic.Int32
				for _, h := range hosts {
					n.serve(h, func(p *peer) {
						for f := p.next(); f != nil; f = p.next() {
							if came.Add(1); fit.Load() {
								p.ok(f.Data.ID)
							} else {
								p.refuse(f.Data.ID, pzog.Refusal_OVERLOADED)
							}
						}
					})
				}
				c, began := n.client(n.config(RoundRobin, hosts...)), time.Now()
				receipt, err := c.Send(t.Context(), "hello")
				var refused *RefusedError
				if !errors.As(err, &refused) || refused.Host != receipt.Host || receipt.Resends != 0 || time.Since(began) != DefaultTimeout {
					t.Errorf("got %+v, %v after %v", receipt, err, time.Since(began))
				}
				if got := int(came.Load()); got < 2*len(hosts) || got > 8*len(hosts) {
					t.Errorf("it was sent %d times in 5 s", got)
				}
				if len(n.dials) != len(hosts) {
					t.Errorf("that took %d connections", len(n.dials))
				}
				time.AfterFunc(time.Second, func() { fit.Store(true) })
				if _, err := n.client(n.config(RoundRobin, hosts...)).Send(t.Context(), "hello"); err != nil {
					t.Errorf("once they are fit: %v", err)
				}
			})
		})
	}
}

// TestResendWithin: what hosts may have forgotten is not sent again, however long
// the caller has time.
func TestResendWithin(t *testing.T) {
	for name, test := range map[string]struct {
		lost, up time.Duration // after the text was sent
		ok       bool
	}{
		"just in time":       {ResendWithin - time.Minute, ResendWithin - DefaultRetryMax - time.Second, true},
		"no host in time":    {ResendWithin - time.Minute, ResendWithin + time.Minute, false},
		"lost when too late": {ResendWithin, 0, false},
	} {
		for kind, send := range map[string]func(*testing.T, *Client) (Receipt, error){
			"Send": func(t *testing.T, c *Client) (Receipt, error) { return c.Send(t.Context(), "hello") },
			"SendAll": func(t *testing.T, c *Client) (r Receipt, err error) {
				_, _ = c.SendAll(t.Context(), oneText, func(got Result) { r, err = got.Receipt, got.Err })
				return r, err
			},
		} {
			t.Run(name+"/"+kind, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					n, b := newNetwork(t), new(obliging)
					n.serve("a", func(p *peer) {
						n.serve("a", nil)
						time.AfterFunc(test.up, func() { n.serve("b", b.talk) })
						p.data(1)
						time.Sleep(test.lost)
					})
					cfg := n.config(RoundRobin, "a", "b")
					cfg.Timeout, cfg.Silence = time.Hour, 2*time.Hour
					began := time.Now()
					receipt, err := send(t, n.client(cfg))
					if (err == nil) != test.ok || err != nil && !errors.Is(err, ErrUnacknowledged) || (receipt.Resends == 1) != test.ok {
						t.Errorf("got %+v, %v", receipt, err)
					}
					if took := time.Since(began); took > ResendWithin {
						t.Errorf("it took %v", took)
					}
				})
			})
		}
	}
}
