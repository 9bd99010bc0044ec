package client

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"xlattice.org/zog/internal/frame"
	"xlattice.org/zog/messages/pzog"
)

// TestSendAgainWhileIdle: what is lost, or refused by an unfit host, does not wait
// for the sequence to go on.
func TestSendAgainWhileIdle(t *testing.T) {
	for name, talk := range map[string]func(*peer){
		"lost":    func(p *peer) { p.data(1); time.Sleep(time.Second) },
		"refused": func(p *peer) { p.data(1); time.Sleep(time.Second); p.refuse(1, pzog.Refusal_STORAGE); p.drain() },
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				n, b := newNetwork(t), new(obliging)
				n.serve("a", talk)
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
				if err != nil || !slices.Equal(told, []time.Duration{time.Second, time.Hour}) {
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
		summary, err := n.client(n.config(Random, "a", "b")).SendAll(t.Context(), texts, f.report)
		if !errors.Is(err, ErrNoHost) || !errors.Is(err, errRefused) || summary.Elapsed != time.Second+DefaultTimeout {
			t.Errorf("%v after %v", err, summary.Elapsed)
		}
		f.want("0 lost a", "1 unsent", "\x00 CONTROL", "2 unsent")
		wantSummary(t, summary, Summary{Refused: 1, Unacknowledged: 1, Unsent: 2, Hosts: []string{"a"}})
	})
}

// weather is hosts with all kinds of trouble.
type weather struct {
	memory
	mu    sync.Mutex
	rand  *rand.Rand
	comes map[string]int // how often a text came that was not refused
}

func (w *weather) draw(n int) int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.rand.IntN(n)
}

func (w *weather) keep(d *frame.Data) {
	w.take(d)
	w.mu.Lock()
	defer w.mu.Unlock()
	w.comes[string(d.Text)]++
}

// talk requires that texts come in their order, until it refuses one.
func (w *weather) talk(p *peer) {
	refused, last := false, uint64(0)
	for f := p.next(); f != nil; f = p.next() {
		d := &f.Data
		if d.Number <= last && d.Session != 0 && !refused {
			p.t.Errorf("number %d comes after %d", d.Number, last)
		}
		last = d.Number
		switch w.draw(40) {
		case 0:
			return // it is not taken
		case 1:
			w.keep(d)
			return
		case 2:
			refused = true
			p.refuse(d.ID, pzog.Refusal(int(pzog.Refusal_STORAGE)+w.draw(3)))
			continue
		case 3:
			refused = true
			p.refuse(d.ID, pzog.Refusal_CONTROL)
			continue
		case 4:
			time.Sleep(time.Duration(w.draw(2000)) * time.Millisecond)
		}
		w.keep(d)
		p.ok(d.ID)
	}
}

// TestTrouble: whatever happens, each text is reported once and in order, and what
// is reported is so.
func TestTrouble(t *testing.T) {
	total := map[string]int{}
	for seed := range uint64(60) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				n := newNetwork(t)
				w := &weather{rand: rand.New(rand.NewPCG(seed, 1)), comes: map[string]int{}}
				for _, h := range []string{"a", "b", "c"} {
					n.serve(h, w.talk)
				}
				cfg := n.config(Order(seed%2), "a", "b", "c")
				cfg.NoResend = seed%5 == 0
				cfg.Window = 1 + w.draw(20)
				c, f := n.client(cfg), fates{t: t}
				summary, err := c.SendAll(t.Context(), w.texts, func(r Result) {
					f.report(r)
					w.require(t, r)
				})
				c.Close()
				n.wg.Wait()
				if err != nil || summary.Total() != len(f.list) {
					t.Errorf("%v; %+v", err, summary)
				}
				for text, times := range w.comes {
					if cfg.NoResend && times > 1 {
						t.Errorf("%q came %d times", text, times)
					}
				}
				total["ok"] += summary.Acknowledged
				total["refused"] += summary.Refused
				total["lost"] += summary.Unacknowledged
				total["resent"] += summary.Resent
			})
		})
	}
	t.Log(total)
	for _, fate := range []string{"ok", "refused", "lost", "resent"} {
		if total[fate] == 0 {
			t.Errorf("nothing was %s", fate)
		}
	}
}

// texts is some texts, of which a few may not travel, with pauses.
func (w *weather) texts(yield func(string) bool) {
	for i := range 150 {
		text := fmt.Sprint(i)
		switch w.draw(20) {
		case 0:
			text += "\x00"
		case 1:
			time.Sleep(time.Duration(w.draw(3000)) * time.Millisecond)
		}
		if !yield(text) {
			return
		}
	}
}

// require: what is kept was taken once, what is refused was not; nothing was taken
// twice.
func (w *weather) require(t *testing.T, r Result) {
	times := 0
	for _, text := range w.taken() {
		if text == r.Text {
			times++
		}
	}
	switch {
	case times > 1, r.Err == nil && times != 1, errors.As(r.Err, new(*RefusedError)) && times > 0:
		t.Errorf("%q was taken %d times: %+v", r.Text, times, r)
	}
}
