package client

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"xlattice.org/zog/internal/frame"
)

// onTime is how much later than its timeout a text of SendAll may have its outcome.
func onTime(timeout time.Duration) time.Duration { return timeout + 2*tickInterval(timeout) }

// times remembers when each text was drawn, and requires that the outcome of each comes
// when its time is up, and not before.
type times struct {
	t       *testing.T
	timeout time.Duration
	drawn   [40]time.Time
	lost    int
}

func (x *times) each(pause time.Duration) func(func(string) bool) {
	return func(yield func(string) bool) {
		for i := range x.drawn {
			x.drawn[i] = time.Now()
			if !yield(fmt.Sprint(i)) {
				return
			}
			time.Sleep(pause)
		}
	}
}

func (x *times) report(r Result) {
	if r.Err == nil {
		return
	}
	x.lost++
	took := time.Since(x.drawn[r.Index])
	if took < x.timeout || took > onTime(x.timeout) {
		x.t.Errorf("text %d has its outcome after %v: %v", r.Index, took, r.Err)
	}
	if !errors.Is(r.Err, ErrUnacknowledged) || !errors.Is(r.Err, ErrTimeout) || !strings.HasSuffix(r.Err.Error(), "the time is up") {
		x.t.Errorf("text %d: %v", r.Index, r.Err)
	}
}

// TestTextsOfSendAllHaveATimeout: where no host says anything each text has its outcome when
// its time is up, however long a silence is allowed, and whether the sequence goes on or not.
func TestTextsOfSendAllHaveATimeout(t *testing.T) {
	for _, hosts := range [][]string{{"a"}, five} {
		for _, timeout := range []time.Duration{10 * time.Millisecond, time.Second, DefaultTimeout, 12 * time.Second} {
			for name, pause := range map[string]time.Duration{"at once": 0, "one after the other": 300 * time.Millisecond} {
				for _, way := range []string{"stopped", "stopped and full"} {
					t.Run(fmt.Sprint(len(hosts), " hosts ", way, ", ", timeout, ", ", name), func(t *testing.T) {
						synctest.Test(t, func(t *testing.T) {
							n := newNetwork(t)
							r := newRing(n, hosts...)
							defer r.wake(hosts...)
							silences[way](r, hosts...)
							cfg := n.config(RoundRobin, hosts...)
							if cfg.Timeout = timeout; len(hosts) == 1 {
								cfg.Order = Specific
							}
							x := times{t: t, timeout: timeout}
							s, err := n.client(cfg).SendAll(t.Context(), x.each(pause), x.report)
							if err != nil || x.lost != len(x.drawn) || s.Unacknowledged != len(x.drawn) {
								t.Errorf("%+v, %v", s, err)
							}
						})
					})
				}
			}
		}
	}
}

// TestShortTimeoutLeavesASilentHost: also with a timeout that is shorter than the silence
// that hosts are allowed the texts find another host in time.
func TestShortTimeoutLeavesASilentHost(t *testing.T) {
	for _, timeout := range []time.Duration{time.Second, 2 * time.Second} {
		eachSilence(t, func(t *testing.T, n *network, r *ring, silence func(...string)) {
			cfg := n.config(RoundRobin, five...)
			cfg.Timeout = timeout
			texts := func(yield func(string) bool) {
				for i := range 300 {
					if i == 100 {
						silence("a")
					}
					if time.Sleep(10 * time.Millisecond); !yield(fmt.Sprint(i)) {
						return
					}
				}
			}
			s, err := n.client(cfg).SendAll(t.Context(), texts, nil)
			if err != nil || s.Acknowledged != 300 {
				t.Errorf("with %v: %+v, %v", timeout, s, err)
			}
		})
	}
}

// TestHostThatWorksTooLong: a host that gives signs of life and answers nothing keeps its
// connection, but not the sequence: what it has ends with its time, and the rest goes to
// another host. What it answers later changes nothing.
func TestHostThatWorksTooLong(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n, b := newNetwork(t), new(obliging)
		n.serve("a", func(p *peer) {
			for id := range uint64(10) {
				p.data(id + 1)
			}
			p.say(frame.Ok{ID: 5, Copies: 1})
			p.work(20 * time.Second)
			p.say(frame.Ok{ID: 10, Copies: 1})
			p.next()
		})
		n.serve("b", b.talk)
		texts := func(yield func(string) bool) {
			for i := range 20 {
				if i == 10 {
					time.Sleep(DefaultTimeout + time.Second)
				}
				if i == 15 {
					time.Sleep(time.Minute)
				}
				if !yield(fmt.Sprint(i)) {
					return
				}
			}
		}
		f := fates{t: t}
		c := n.client(n.config(RoundRobin, "a", "b"))
		summary, err := c.SendAll(t.Context(), texts, f.report)
		if err != nil {
			t.Error(err)
		}
		wantSummary(t, summary, Summary{Acknowledged: 15, Unacknowledged: 5, Hosts: []string{"a", "b"}})
		if got := len(b.taken()); got != 10 || n.dialled("a") != 1 {
			t.Errorf("b took %d; a was dialled %d times", got, n.dialled("a"))
		}
		if cn, _ := c.current(0); cn == nil {
			t.Error("the connection was given up")
		}
	})
}

// TestSlowHostIsWaitedFor: a host that answers one text after the other, each in time, is
// waited for, though the last of a window has waited for long.
func TestSlowHostIsWaitedFor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := newNetwork(t)
		n.serve("a", func(p *peer) {
			for f := p.next(); f != nil; f = p.next() {
				id := f.Data.ID
				p.work(4 * time.Second)
				p.ok(id)
			}
		})
		summary, err := n.client(n.config(Specific, "a")).SendAll(t.Context(), numbered(20), nil)
		if err != nil || summary.Acknowledged != 20 || summary.Resent > 0 {
			t.Errorf("%+v, %v", summary, err)
		}
	})
}
