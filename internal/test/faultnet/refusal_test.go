package faultnet_test

import (
	"context"
	"errors"
	"net"
	"syscall"
	"testing"
	"time"

	"xlattice.org/zog/internal/test/faultnet"
)

func TestADialOverADropWaits(t *testing.T) {
	for _, r := range []faultnet.Route{there, back} {
		inMemory(t, nil, func(t *testing.T, w *world) {
			w.Set(r, faultnet.Condition{Drop: true})
			start := time.Now()
			ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
			defer cancel()
			if _, err := w.a.Dial(ctx, a, w.at); !errors.Is(err, context.DeadlineExceeded) {
				t.Error(err)
			}
			w.after(start, 5*time.Second)
			time.AfterFunc(2*time.Second, func() { w.Set(r, faultnet.Condition{}) })
			w.connect() // it is tried again after 1 s, and after 3 s
			w.after(start, 8*time.Second)
		})
	}
}

func TestADialIsGivenUp(t *testing.T) {
	inMemory(t, nil, func(t *testing.T, w *world) {
		w.Set(there, faultnet.Condition{Drop: true})
		start := time.Now()
		if _, err := w.a.Dial(t.Context(), a, w.at); !errors.Is(err, syscall.ETIMEDOUT) {
			t.Error(err)
		}
		w.after(start, 127*time.Second)
	})
}

// A drop that begins during the handshake, and one that ends with the Net.
func TestADropDuringAHandshake(t *testing.T) {
	inMemory(t, nil, func(t *testing.T, w *world) {
		w.Set(there, faultnet.Condition{Latency: time.Second})
		ctx, cancel := context.WithTimeout(t.Context(), 500*ms)
		defer cancel()
		if _, err := w.a.Dial(ctx, a, w.at); !errors.Is(err, context.DeadlineExceeded) {
			t.Error(err)
		}
		time.AfterFunc(500*ms, func() { w.Set(back, faultnet.Condition{Drop: true}) })
		time.AfterFunc(5*time.Second, w.Close)
		if _, err := w.a.Dial(t.Context(), a, w.at); !errors.Is(err, net.ErrClosed) {
			t.Error(err)
		}
	})
}

func TestALinkThatRefuses(t *testing.T) {
	for _, r := range []faultnet.Route{there, back} {
		overBoth(t, nobody, func(t *testing.T, w *world) {
			near, far := w.connect()
			w.Set(r, faultnet.Condition{Refuse: true})
			w.reset(near, far)
			if _, err := w.a.Dial(t.Context(), a, w.at); !errors.Is(err, syscall.ECONNREFUSED) {
				t.Error(err)
			}
			other, err := w.a.Dial(t.Context(), c, w.at)
			if err != nil {
				t.Fatal(err)
			}
			w.say(other, one)
			w.Set(r, faultnet.Condition{})
			w.l.Accept()
			w.connect()
		})
	}
}

func TestResetIsForWhoHasDialled(t *testing.T) {
	overBoth(t, nobody, func(t *testing.T, w *world) {
		near, far := w.connect()
		other, otherFar := w.connect()
		if n := w.Reset(back); n != 0 {
			t.Errorf("%d connections were dialled by b", n)
		}
		w.say(near, one)
		w.hear(far, one)
		if n := w.Reset(there); n != 2 {
			t.Errorf("%d connections were reset", n)
		}
		w.reset(near, far, other, otherFar)
		if err := near.Close(); err != nil {
			t.Errorf("closing what was reset: %v", err)
		}
		w.ends(near, net.ErrClosed)
		near, far = w.connect()
		w.say(near, one)
		w.hear(far, one)
	})
}
