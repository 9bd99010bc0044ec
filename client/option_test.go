package client

import (
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"xlattice.org/zog/internal/frame"
	"xlattice.org/zog/messages/pzog"
)

// Each call has its own copies, time and key, also when one Ok answers several.
func TestSendOptions(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := newNetwork(t)
		n.serve("a", func(p *peer) {
			f := p.next()
			session, number := keyName("order 7")
			if d := f.Data; d.MinCopies != 3 || d.TimeoutMS != 900 || nameOf(&d) != (name{session, number}) {
				t.Errorf("the host got %+v", d)
			}
			if f = p.next(); f.Data.MinCopies != 2 || f.Data.TimeoutMS != 4500 {
				t.Errorf("the host got %+v", f.Data)
			}
			p.say(frame.Ok{ID: 2, Copies: 2, Detail: "not yet by G"})
			p.data(3)
			p.drain()
		})
		cfg := n.config(Specific, "a")
		cfg.MinCopies = 2
		c := n.client(cfg)
		done := make(chan error)
		go func() {
			_, err := c.Send(t.Context(), "one", WithCopies(3), WithTimeout(time.Second), WithKey("order 7"))
			done <- err
		}()
		synctest.Wait()
		if receipt, err := c.Send(t.Context(), "two"); err != nil || receipt.Copies != 2 {
			t.Errorf("%+v, %v", receipt, err)
		}
		var short *CopiesError
		if err := <-done; !errors.As(err, &short) || *short != (CopiesError{2, 3, "not yet by G"}) {
			t.Errorf("%v", err)
		}
		began := time.Now()
		if _, err := c.Send(t.Context(), "three", WithTimeout(time.Second)); !errors.Is(err, ErrTimeout) || time.Since(began) != time.Second {
			t.Errorf("%v after %v", err, time.Since(began))
		}
	})
}

func TestWrongOptions(t *testing.T) {
	n := newNetwork(t)
	c := n.client(n.config(Random, "a"))
	for text, opt := range map[string]SendOption{
		"client: WithCopies(0) is not between 1 and 65536":            WithCopies(0),
		"client: WithTimeout(25h0m0s) is not between 1ms and 24h0m0s": WithTimeout(25 * time.Hour),
	} {
		if _, err := c.Send(t.Context(), "x", opt); err == nil || err.Error() != text {
			t.Errorf("got %v, want %s", err, text)
		}
	}
	if len(n.dials) > 0 {
		t.Error("a host was dialled")
	}
}

// Programs of all releases have the same name for a key.
func TestKeyNamesNeverChange(t *testing.T) {
	for key, want := range map[string]name{
		"":        {0xd1d716b1e44d643e, 0x6302d4f90e6e14a0},
		"order 7": {0xaf0b388b7b299b83, 0x19d5818544c69afc},
	} {
		if session, number := keyName(key); (name{session, number}) != want {
			t.Errorf("%q: %#x, %#x", key, session, number)
		}
	}
}

// A key is a name with NoResend too: it is the caller who sends again.
func TestKeyWithoutResending(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := newNetwork(t)
		n.serve("a", func(p *peer) {
			session, number := keyName("k")
			if f := p.next(); nameOf(&f.Data) != (name{session, number}) {
				t.Errorf("the host got %+v", f.Data)
			}
			p.refuse(1, pzog.Refusal_NUMBER_REUSED)
			p.drain()
		})
		cfg := n.config(Specific, "a")
		cfg.NoResend = true
		var refused *RefusedError
		_, err := n.client(cfg).Send(t.Context(), "x", WithKey("k"))
		if !errors.As(err, &refused) || refused.Refusal != RefusalKeyReused || refused.Retryable() {
			t.Errorf("%v", err)
		}
	})
}
