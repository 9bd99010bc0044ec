package client

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"xlattice.org/zog/internal/frame"
)

// five are the hosts of a ring in these tests.
var five = []string{"a", "b", "c", "d", "e"}

// ring is hosts that take everything, until they fall silent. What a silent host had
// on its connections it has when it goes on.
type ring struct {
	memory
	net    *network
	mu     sync.Mutex
	silent map[string]bool
	full   map[string]bool // and does not even read
	woken  sync.Cond
}

func newRing(n *network, hosts ...string) *ring {
	r := &ring{net: n, silent: map[string]bool{}, full: map[string]bool{}}
	r.woken.L = &r.mu
	for _, h := range hosts {
		n.serve(h, r.talk)
	}
	return r
}

// The ways to be silent.
var silences = map[string]func(*ring, ...string){
	// Stopped: its kernel accepts connections, and bytes, without an end.
	"stopped": func(r *ring, hosts ...string) { r.silence(false, hosts) },
	// Stopped, and the buffers of its kernel are full at once.
	"stopped and full": func(r *ring, hosts ...string) { r.silence(true, hosts) },
	// Off the network, or without power: dials hang.
	"unplugged": func(r *ring, hosts ...string) {
		r.net.unplug(hosts...)
		r.silence(false, hosts)
	},
}

func (r *ring) silence(full bool, hosts []string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, h := range hosts {
		r.silent[h], r.full[h] = true, full
	}
}

// wake ends the silence of hosts.
func (r *ring) wake(hosts ...string) {
	r.net.plug(hosts...)
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, h := range hosts {
		r.silent[h], r.full[h] = false, false
	}
	r.woken.Broadcast()
}

// wait waits as long as a host is one of those given.
func (r *ring) wait(host string, among map[string]bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for among[host] {
		r.woken.Wait()
	}
}

func (r *ring) talk(p *peer) {
	came := make(chan *frame.Data, 1<<16) // nil for a keep-alive
	var wg sync.WaitGroup
	defer wg.Wait()
	wg.Go(func() {
		for d := range came {
			r.wait(p.host, r.silent)
			if d == nil {
				p.ack()
				continue
			}
			r.take(d)
			p.ok(d.ID)
		}
	})
	defer close(came)
	for f := p.frame(); f != nil; f = p.frame() {
		var d *frame.Data
		if f.Kind == frame.DataKind {
			d = &frame.Data{ID: f.Data.ID, Session: f.Data.Session, Number: f.Data.Number, Text: slices.Clone(f.Data.Text)}
		}
		came <- d
		r.wait(p.host, r.full)
	}
}

// eachSilence runs a test for each way to be silent, in a bubble.
func eachSilence(t *testing.T, test func(t *testing.T, n *network, r *ring, silence func(...string))) {
	for name, silence := range silences {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				n := newNetwork(t)
				r := newRing(n, five...)
				defer r.wake(five...)
				test(t, n, r, func(hosts ...string) { silence(r, hosts...) })
			})
		})
	}
}

// TestSendLeavesASilentHost: a message that meets a host which has fallen silent is
// with another after 2 s. The next ones do not pay again at once.
func TestSendLeavesASilentHost(t *testing.T) {
	eachSilence(t, func(t *testing.T, n *network, r *ring, silence func(...string)) {
		c := n.client(n.config(RoundRobin, five...))
		for range five {
			if _, err := c.Send(t.Context(), "before"); err != nil {
				t.Error(err)
			}
		}
		time.Sleep(10 * time.Second)
		silence("a")
		for i := range 20 {
			began := time.Now()
			receipt, err := c.Send(t.Context(), fmt.Sprint(i))
			took := time.Since(began)
			if err != nil || receipt.Host == "a" || took > 2*time.Second || i > 0 && took > 0 {
				t.Errorf("message %d: %+v, %v after %v", i, receipt, err, took)
			}
		}
	})
}

// TestASilentHostIsTriedSeldom: while it stays silent it costs a message 2 s now and
// then, and none is lost; when it goes on it is used again.
func TestASilentHostIsTriedSeldom(t *testing.T) {
	eachSilence(t, func(t *testing.T, n *network, r *ring, silence func(...string)) {
		c := n.client(n.config(RoundRobin, five...))
		late, used := 0, false
		for second := range 600 {
			switch second {
			case 10:
				silence("a")
			case 310:
				r.wake("a")
			}
			began := time.Now()
			receipt, err := c.Send(t.Context(), fmt.Sprint(second))
			took := time.Since(began)
			if err != nil || took > 2*time.Second {
				t.Errorf("message %d: %v after %v", second, err, took)
			}
			if took > 0 {
				late++
			}
			used = used || second > 340 && receipt.Host == "a"
			time.Sleep(time.Second - min(took, time.Second))
		}
		if late < 2 || late > 20 || !used {
			t.Errorf("%d of 600 were late; it is used again: %v", late, used)
		}
	})
}

// TestFirstSendMeetsASilentHost: the same for a client that is new, as sprog's is.
func TestFirstSendMeetsASilentHost(t *testing.T) {
	eachSilence(t, func(t *testing.T, n *network, r *ring, silence func(...string)) {
		silence("a")
		began := time.Now()
		receipt, err := n.client(n.config(RoundRobin, five...)).Send(t.Context(), "hello")
		if err != nil || receipt.Host != "b" || time.Since(began) > 2*time.Second {
			t.Errorf("%+v, %v after %v", receipt, err, time.Since(began))
		}
	})
}

// TestMostHostsAreSilent: with two, or four, of five silent at once, connected or
// not, the message finds the last within its own time.
func TestMostHostsAreSilent(t *testing.T) {
	for _, most := range []int{2, 4} {
		for _, connected := range []bool{true, false} {
			t.Run(fmt.Sprintf("%d connected %v", most, connected), func(t *testing.T) {
				eachSilence(t, func(t *testing.T, n *network, r *ring, silence func(...string)) {
					c := n.client(n.config(RoundRobin, five...))
					if connected {
						for range five {
							_, _ = c.Send(t.Context(), "before")
						}
						time.Sleep(time.Minute / 2)
					}
					silence(five[:most]...)
					began := time.Now()
					receipt, err := c.Send(t.Context(), "hello")
					if err != nil || time.Since(began) >= DefaultTimeout-250*time.Millisecond {
						t.Errorf("%+v, %v after %v", receipt, err, time.Since(began))
					}
				})
			})
		}
	}
}

// TestManySendsLeaveASilentHost: those who share its connection leave together, and
// not one after the other; also where the next is silent too.
func TestManySendsLeaveASilentHost(t *testing.T) {
	for name, silent := range map[string][]string{"one": {"a"}, "three": {"a", "b", "c"}} {
		t.Run(name, func(t *testing.T) {
			eachSilence(t, func(t *testing.T, n *network, r *ring, silence func(...string)) {
				cfg := n.config(Random, five...)
				cfg.Window = 50 // the others wait for their turn
				c := n.client(cfg)
				for range 30 {
					_, _ = c.Send(t.Context(), "before")
				}
				silence(silent...)
				began := time.Now()
				var wg sync.WaitGroup
				for i := range 300 {
					wg.Go(func() {
						if receipt, err := c.Send(t.Context(), fmt.Sprint(i)); err != nil || slices.Contains(silent, receipt.Host) {
							t.Errorf("message %d: %+v, %v after %v", i, receipt, err, time.Since(began))
						}
					})
				}
				wg.Wait()
				if took := time.Since(began); took > DefaultTimeout || len(silent) == 1 && took > 2*time.Second {
					t.Errorf("it took %v", took)
				}
			})
		})
	}
}

// TestACrowdMeetsHostsThatHang: of many who begin at once each waits for a hanging
// dial for a second at the most, by whoever it is, and however much time there is.
func TestACrowdMeetsHostsThatHang(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := newNetwork(t)
		r := newRing(n, five...)
		defer r.wake(five...)
		silences["unplugged"](r, "a", "b")
		cfg := n.config(Random, five...)
		cfg.Timeout = time.Minute
		c := n.client(cfg)
		began := time.Now()
		var wg sync.WaitGroup
		for i := range 300 {
			wg.Go(func() {
				if receipt, err := c.Send(t.Context(), fmt.Sprint(i)); err != nil || receipt.Resends > 0 {
					t.Errorf("message %d: %+v, %v", i, receipt, err)
				}
			})
		}
		wg.Wait()
		if took := time.Since(began); took > 2*time.Second {
			t.Errorf("it took %v", took)
		}
	})
}

// TestSendAllLeavesASilentHost: it stands still for 2 s, and nothing is
// unacknowledged or taken twice.
func TestSendAllLeavesASilentHost(t *testing.T) {
	for name, silent := range map[string][]string{"one": {"a"}, "four": {"a", "b", "c", "d"}} {
		t.Run(name, func(t *testing.T) {
			eachSilence(t, func(t *testing.T, n *network, r *ring, silence func(...string)) {
				cfg := n.config(RoundRobin, five...)
				cfg.Window = 100
				texts := func(yield func(string) bool) {
					for i := range 1000 {
						if i == 300 {
							silence(silent...)
						}
						if time.Sleep(10 * time.Millisecond); !yield(fmt.Sprint(i)) {
							return
						}
					}
				}
				last, longest := time.Now(), time.Duration(0)
				f := fates{t: t}
				summary, err := n.client(cfg).SendAll(t.Context(), texts, func(result Result) {
					f.report(result)
					longest, last = max(longest, time.Since(last)), time.Now()
				})
				if err != nil || summary.Acknowledged != 1000 || longest > time.Duration(1+len(silent))*time.Second {
					t.Errorf("%+v, %v; nothing came for %v", summary, err, longest)
				}
				if got := len(r.taken()); got != 1000 {
					t.Errorf("%d were taken", got)
				}
			})
		})
	}
}

// TestTheOnlyHostIsSilent: it is waited for, and when it goes on it has the message
// without delay.
func TestTheOnlyHostIsSilent(t *testing.T) {
	for name, silence := range silences {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				n := newNetwork(t)
				r := newRing(n, "a")
				c := n.client(n.config(Specific, "a"))
				_, _ = c.Send(t.Context(), "before")
				silence(r, "a")
				time.AfterFunc(3*time.Second, func() { r.wake("a") })
				began := time.Now()
				receipt, err := c.Send(t.Context(), "hello")
				if err != nil || receipt.Resends == 0 || time.Since(began) > 4*time.Second {
					t.Errorf("%+v, %v after %v", receipt, err, time.Since(began))
				}
				if got := r.taken(); !slices.Equal(got, []string{"before", "hello"}) {
					t.Errorf("it has %v", got)
				}
			})
		})
	}
}

// TestLittleTimeForASilentHost: who has a second or two is less patient, and comes
// to another host in time. Who has less is told what is true.
func TestLittleTimeForASilentHost(t *testing.T) {
	for _, timeout := range []time.Duration{1500 * time.Millisecond, 2 * time.Second, 3 * time.Second} {
		synctest.Test(t, func(t *testing.T) {
			n := newNetwork(t)
			r := newRing(n, five...)
			defer r.wake("a")
			silences["stopped"](r, "a")
			ctx, cancel := context.WithTimeout(t.Context(), timeout)
			defer cancel()
			if receipt, err := n.client(n.config(RoundRobin, five...)).Send(ctx, "hello"); err != nil || receipt.Host != "b" {
				t.Errorf("with %v: %+v, %v", timeout, receipt, err)
			}
		})
	}
	synctest.Test(t, func(t *testing.T) {
		n := newNetwork(t)
		r := newRing(n, five...)
		defer r.wake("a")
		silences["stopped"](r, "a")
		ctx, cancel := context.WithTimeout(t.Context(), 500*time.Millisecond)
		defer cancel()
		began := time.Now()
		receipt, err := n.client(n.config(RoundRobin, five...)).Send(ctx, "hello")
		if !errors.Is(err, ErrUnacknowledged) || !errors.Is(err, context.DeadlineExceeded) || errors.Is(err, ErrTimeout) {
			t.Errorf("the caller's time is up: %v", err)
		}
		if receipt.Host != "a" || time.Since(began) != 500*time.Millisecond {
			t.Errorf("%+v after %v", receipt, time.Since(began))
		}
	})
}

// TestHostsAtWorkAreNotGivenUp: a host that syncs for 30 s, does not even read
// meanwhile, and gives signs of life, keeps its connection and everything on it.
func TestHostsAtWorkAreNotGivenUp(t *testing.T) {
	for name, busy := range map[string]func(*peer){
		"reads": func(p *peer) {
			for f, first := p.next(), true; f != nil; f, first = p.next(), false {
				id := f.Data.ID
				if first {
					p.work(30 * time.Second)
				}
				p.ok(id)
			}
		},
		"does not read": func(p *peer) {
			p.work(30 * time.Second)
			for f := p.next(); f != nil; f = p.next() {
				p.ok(f.Data.ID)
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				n := newNetwork(t)
				n.serve("a", busy)
				n.serve("b", new(obliging).talk)
				cfg := n.config(RoundRobin, "a", "b")
				cfg.Timeout = time.Minute // the caller has the time
				summary, err := n.client(cfg).SendAll(t.Context(), numbered(5000), nil)
				if err != nil || summary.Acknowledged != 5000 || summary.Resent > 0 || len(n.dials) != 1 {
					t.Errorf("%+v, %v, dialled %v", summary, err, n.dials)
				}
			})
		})
	}
}
