package client

import (
	"fmt"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"xlattice.org/zog/internal/frame"
)

// TestSendAllMovesOn: when a host dies, what it had and did not answer goes to the
// next host in its order, before the rest and under the names it had; or counts as
// lost if it must not.
func TestSendAllMovesOn(t *testing.T) {
	t.Run("resend", func(t *testing.T) {
		b := moveOn(t, func(*Config) {}, Summary{Acknowledged: 8, Resent: 2, Hosts: []string{"a", "b"}},
			"0 ok a", "1 ok a", "2 ok a", "3 ok b", "4 ok b", "5 ok b", "6 ok b", "7 ok b")
		if got := b.taken(); !slices.Equal(got, []string{"3", "4", "5", "6", "7"}) {
			t.Errorf("b took %v", got)
		}
		for i, name := range b.named() {
			if name.session == 0 || name.session != b.named()[0].session || name.number != uint64(4+i) {
				t.Errorf("message %d comes as %+v", 3+i, name)
			}
		}
	})
	t.Run("no resend", func(t *testing.T) {
		b := moveOn(t, func(c *Config) { c.NoResend = true }, Summary{Acknowledged: 6, Unacknowledged: 2, Hosts: []string{"a", "b"}},
			"0 ok a", "1 ok a", "2 ok a", "3 lost a", "4 lost a", "5 ok b", "6 ok b", "7 ok b")
		if got := b.taken(); !slices.Equal(got, []string{"5", "6", "7"}) {
			t.Errorf("b took %v", got)
		}
		if got := b.named(); !slices.Equal(got, make([]name, 3)) {
			t.Errorf("the names are %v", got)
		}
	})
}

// moveOn sends 8 texts to a host that dies after 5, of which it answered 3.
func moveOn(t *testing.T, change func(*Config), sum Summary, want ...string) *obliging {
	b := new(obliging)
	synctest.Test(t, func(t *testing.T) {
		n := newNetwork(t)
		n.serve("a", func(p *peer) {
			for id := range uint64(5) {
				p.data(id + 1)
			}
			p.say(frame.Ok{ID: 3, Copies: 1})
			time.Sleep(time.Second)
			p.hangUp()
		})
		n.serve("b", b.talk)
		cfg := n.config(RoundRobin, "a", "b")
		change(&cfg)
		// The sixth text is drawn only once the connection is lost.
		texts := func(yield func(string) bool) {
			for i := range 8 {
				if i == 5 {
					time.Sleep(time.Minute)
				}
				if !yield(fmt.Sprint(i)) {
					return
				}
			}
		}
		f := fates{t: t}
		summary, err := n.client(cfg).SendAll(t.Context(), texts, f.report)
		if err != nil {
			t.Error(err)
		}
		f.want(want...)
		wantSummary(t, summary, sum)
	})
	return b
}

// TestSendAllTakesBack: texts that waited behind a write that failed have not
// left, so they go to the next host, the refused ones between them once.
func TestSendAllTakesBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n, b := newNetwork(t), new(obliging)
		n.serve("a", func(p *peer) {
			var first [1]byte
			_, _ = p.conn.Read(first[:]) // of the first write, which goes no further
			time.Sleep(time.Second)
			p.hangUp()
		})
		n.serve("b", b.talk)
		texts := func(yield func(string) bool) {
			yield("0")
			synctest.Wait() // it is in the first write
			for _, text := range []string{"1", "\x00", "2", "\x00", "3"} {
				yield(text)
			}
		}
		cfg := n.config(RoundRobin, "a", "b")
		cfg.NoResend = true
		f := fates{t: t}
		summary, err := n.client(cfg).SendAll(t.Context(), texts, f.report)
		if err != nil {
			t.Error(err)
		}
		f.want("0 lost a", "1 ok b", "\x00 CONTROL", "2 ok b", "\x00 CONTROL", "3 ok b")
		wantSummary(t, summary, Summary{Acknowledged: 3, Refused: 2, Unacknowledged: 1, Hosts: []string{"a", "b"}})
		if got := b.taken(); !slices.Equal(got, []string{"1", "2", "3"}) {
			t.Errorf("b took %v", got)
		}
	})
}

// TestSendAllTakesBackToTheSame: the same with one host, at the sequence's end.
func TestSendAllTakesBackToTheSame(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n, again := newNetwork(t), new(obliging)
		n.serve("a", func(p *peer) {
			n.serve("a", again.talk)
			var first [1]byte
			_, _ = p.conn.Read(first[:])
			time.Sleep(time.Second)
			p.hangUp()
		})
		texts := func(yield func(string) bool) {
			yield("0")
			synctest.Wait()
			yield("1")
			yield("2")
		}
		cfg := n.config(Specific, "a")
		cfg.NoResend = true
		f := fates{t: t}
		summary, err := n.client(cfg).SendAll(t.Context(), texts, f.report)
		if err != nil {
			t.Error(err)
		}
		f.want("0 lost a", "1 ok a", "2 ok a")
		wantSummary(t, summary, Summary{Acknowledged: 2, Unacknowledged: 1, Hosts: []string{"a"}})
	})
}
