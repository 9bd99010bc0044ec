package client

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"xlattice.org/zog/internal/frame"
	"xlattice.org/zog/messages/pzog"
)

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
			p.work(time.Duration(w.draw(5000)) * time.Millisecond)
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
