package rings_test

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"xlattice.org/zog/internal/frame"
	"xlattice.org/zog/messages/pzog"
	"xlattice.org/zog/ringtest"
)

// greetedBy0 is host 1 as host 0 has dialled it, the hello answered: it has
// nothing.
func (r *memoryRing) greetedBy0() *wire {
	r.t.Helper()
	w := r.acceptFrom0()
	if f := w.read(); f.Kind != frame.KeepAlive {
		r.t.Fatalf("the hello is %+v", f)
	}
	w.write(frame.AppendAck(nil, r.answer(), frame.PeerLimit))
	return w
}

// answer is an Ack of host 1 without marks.
func (r *memoryRing) answer() *pzog.Ack {
	return &pzog.Ack{Version: 1, Host: r.ring.Hosts[1].Name, Ring: r.ring.Digest()}
}

// The newest connection of a host replaces its older one (docs/protocol.md).
func TestANewConnectionReplacesTheOld(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRing(t, 2)
		r.start(0)
		first := r.dialPeer()
		second := r.dialPeer()
		for err := error(nil); err == nil; {
			if _, err = first.try(); errors.Is(err, os.ErrDeadlineExceeded) {
				t.Error("the older connection is still open")
			}
		}
		second.write(data(1, 1, "one"))
		for f := second.read(); f.Kind != frame.OkKind; {
			f = second.read()
		}
	})
}

// sign is a sign of life of host 1, which says nothing else.
func (r *memoryRing) sign() []byte {
	return frame.AppendAck(nil, &pzog.Ack{Version: 1, Host: r.ring.Hosts[1].Name, Ring: r.ring.Digest(), Delta: true}, frame.PeerLimit)
}

// A peer that answers nothing is sent some megabytes, and no more (I6), though it
// gives signs of life.
func TestAPeerThatAnswersNothingIsSentALimit(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := newRing(t, 2)
		w := r.greetedBy0()
		var sender sync.WaitGroup
		sender.Go(func() {
			for n := range 40 {
				if _, err := r.try(0, texts(fmt.Sprint(n, strings.Repeat("x", 400)), 1000)...); err != nil {
					t.Error(err)
				}
			}
		})
		sent := 0
		signed := time.Now()
		for begun := time.Now(); time.Since(begun) < 20*time.Second; {
			f, err := w.try()
			if err == nil && f.Kind == frame.DataKind {
				sent += len(f.Data.Text)
			}
			if time.Since(signed) >= 500*time.Millisecond {
				signed = time.Now()
				w.write(r.sign())
			}
		}
		sender.Wait()
		if sent < 1<<19 || sent > 2<<20 {
			t.Errorf("%d bytes of texts are under way to a peer that answers nothing", sent)
		}
	})
}

// A peer that takes all at once, as large buffers on the way do, and answers half a
// megabyte a second is slow: it is not taken for one that does not answer, and nothing
// is sent to it twice.
func TestLongASlowPeerIsNotTakenForASilentOne(t *testing.T) {
	for name, tt := range map[string]struct {
		text     string
		messages uint64
	}{
		"long texts":  {strings.Repeat(" and so on", 40), 20_000},
		"short texts": {"", 160_000},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				r := newRing(t, 2)
				w := r.greetedBy0()
				var sender sync.WaitGroup
				sender.Go(func() {
					for range tt.messages / 1000 {
						r.send(0, texts(tt.text, 1000)...)
					}
				})
				answerSlowly(w, tt.messages, 512<<10)
				sender.Wait()
				if n := r.Said("does not answer"); n > 0 {
					t.Errorf("it was taken for silent %d times", n)
				}
			})
		})
	}
}

// answerSlowly takes messages as they come, and answers so many bytes of frames a
// second. They must come once each, in their order.
func answerSlowly(w *wire, messages uint64, rate int) {
	came := make(chan frame.Data, messages) // what the buffers on the way hold
	go func() {
		defer close(came)
		for last := uint64(0); last < messages; {
			if f := w.read(); f.Kind == frame.DataKind {
				last, f.Data.Text, f.Data.Origin = f.Data.Seq, bytes.Clone(f.Data.Text), bytes.Clone(f.Data.Origin)
				came <- f.Data
			}
		}
	}()
	seq := uint64(0)
	for d := range came {
		if seq++; d.Seq != seq || d.ID != seq {
			w.t.Fatalf("message %d comes as frame %d, want message %d", d.Seq, d.ID, seq)
		}
		time.Sleep(time.Duration(len(d.Text)+2) * time.Second / time.Duration(rate)) // in a row
		w.write(frame.AppendOk(nil, &frame.Ok{ID: d.ID, Copies: 1}))
	}
}

// KeepAlives come as often as they should while there is traffic: what a link
// sends does not postpone them (docs/protocol.md).
func TestTrafficPostponesNoKeepAlive(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRing(t, 2)
		w := r.greetedBy0()
		spoken := 0
		for n := range 100 {
			r.send(0, fmt.Sprint("text ", n))
			time.Sleep(100 * time.Millisecond)
			for id := uint64(n) + 1; ; {
				f := w.read()
				if f.Kind == frame.KeepAlive {
					spoken++
				}
				if f.Kind == frame.DataKind && f.Data.ID == id {
					w.write(frame.AppendOk(nil, &frame.Ok{ID: id, Copies: 1}))
					break
				}
			}
		}
		// Its marks say that it has nothing: it is told of ours twice a second.
		if spoken < 10 {
			t.Errorf("%d keepAlives in 10 s to a peer that lacks something", spoken)
		}
	})
}

// A mark and the Ok that follows it leave in one write, also when the connection hears
// of the one before the other: a client that waits for copies waits for one wake-up.
func TestAMarkAndAnOkAreOneWrite(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := startRing(t, 2)
		time.Sleep(5 * time.Second)
		r.hosts[1].Actor("conns/*").Delay(time.Millisecond, ringtest.Every("Logged"))
		const messages = 50
		answers := r.link(1, 0)
		oks, alone := answers.Sent("Ok")
		acks, together := answers.Sent("Ack")
		for n := range messages {
			r.sendFor(fmt.Sprint("text ", n), 2, 0)
			time.Sleep(10 * time.Millisecond)
		}
		oksNow, aloneNow := answers.Sent("Ok")
		acksNow, togetherNow := answers.Sent("Ack")
		if oksNow-oks != messages || acksNow-acks < messages {
			t.Fatalf("%d messages are answered by %d Oks and %d Acks", messages, oksNow-oks, acksNow-acks)
		}
		// A KeepAlive between the two is answered at once, and the mark goes with that.
		if aloneNow-alone > messages/10 || togetherNow-together < messages-messages/10 {
			t.Errorf("of %d answers %d begin with the Ok, and %d with the Ack", messages, aloneNow-alone, togetherNow-together)
		}
	})
}

// Who has asked for a repair is told at once that it has ended (docs/protocol.md, section 8).
func TestTheEndOfARepairIsSaid(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRing(t, 2)
		w := r.acceptFrom0()
		r.send(0, texts("text", 3)...)
		w.read()
		ack := r.answer()
		ack.Repair = true
		w.write(frame.AppendAck(nil, ack, frame.PeerLimit))
		begun := time.Now()
		last := uint64(0)
		for f := w.read(); f.Kind != frame.KeepAlive || last < 3; {
			if f.Kind == frame.DataKind {
				last = f.Data.Seq
			}
			f = w.read()
		}
		if took := time.Since(begun); took > 100*time.Millisecond {
			t.Errorf("the end is said after %v", took)
		}
	})
}

// A peer that leaves a frame unanswered for 5 s is out of the tree, although its
// connection stands: who is below it gets what comes then at once (docs/protocol.md, section 7).
func TestTheTreeDoesWithoutASilentPeer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := startRing(t, 5)
		time.Sleep(5 * time.Second)
		r.link(0, 1).Drop()
		r.send(0, "unanswered")
		time.Sleep(10 * time.Second)
		r.send(0, "by another way")
		time.Sleep(100 * time.Millisecond)
		r.requireSame(2, 0, 2, 3, 4)
	})
}

// A peer that says nothing is given up, whatever we say to it.
func TestOurOwnWordsAreNoSignOfLife(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRing(t, 2)
		w := r.greetedBy0()
		w.patience = time.Minute
		begun, err := time.Now(), error(nil)
		for err == nil && time.Since(begun) < 310*time.Second {
			_, err = w.try()
		}
		if took := time.Since(begun); err == nil || took < 5*time.Second || took > 7600*time.Millisecond {
			t.Errorf("the connection is closed after %v: %v", took, err)
		}
	})
}

// A host that stops waits a while for its peers to answer what it has sent them.
func TestAStoppingHostWaitsForItsPeers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRing(t, 2)
		w := r.greetedBy0()
		r.send(0, "the last")
		r.hangUp(0)
		stopped := make(chan error, 1)
		go func() { stopped <- r.hosts[0].TryStop() }()
		for begun := time.Now(); time.Since(begun) < time.Second; {
			if _, err := w.try(); err != nil && !errors.Is(err, os.ErrDeadlineExceeded) {
				t.Fatalf("it did not wait: %v", err)
			}
		}
		w.write(frame.AppendOk(nil, &frame.Ok{ID: 1, Copies: 1}))
		begun := time.Now()
		if err := <-stopped; err != nil {
			t.Error(err)
		}
		if took := time.Since(begun); took > 500*time.Millisecond {
			t.Errorf("it went on waiting for %v", took)
		}
	})
}
