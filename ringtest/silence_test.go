package ringtest_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"slices"
	"syscall"
	"testing"
	"time"

	"xlattice.org/zog/client"
	"xlattice.org/zog/internal/frame"
	"xlattice.org/zog/messages/pzog"
	"xlattice.org/zog/ringtest"
)

// TestSilence: who has a connection to a host that falls silent can go on writing, hears
// nothing, and is told nothing, client or peer. Only the kernel of a host that is paused
// answers a dial. What was written arrives when the silence is over, unless its host has
// lost its memory, or was stopped: then it refuses it, as the client has given it to another.
func TestSilence(t *testing.T) {
	for name, c := range map[string]struct {
		silence func(h *ringtest.Host) *ringtest.Fault // nil is a power cut
		dialled bool
		next    error
		refused pzog.Refusal
	}{
		"pause":     {(*ringtest.Host).Pause, true, nil, pzog.Refusal_OVERLOADED},
		"unplugged": {(*ringtest.Host).Unplug, false, nil, pzog.Refusal_NONE},
		"power cut": {nil, false, syscall.ECONNRESET, pzog.Refusal_NONE},
	} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, func(t *testing.T, r *ringtest.Ring) {
				mv := r.Host("MV")
				conn := dial(t, r, "MV", time.Second)
				heal := func() { mv.Start() }
				if c.silence == nil {
					mv.PowerCut()
				} else {
					heal = c.silence(mv).Heal
				}
				if _, err := conn.Write(frame.AppendData(nil, &frame.Data{ID: 1, Text: []byte("text\r\n")})); err != nil {
					t.Errorf("writing fails: %v", err)
				}
				hears(t, conn, os.ErrDeadlineExceeded)
				ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
				defer cancel()
				another, err := r.Dial(ctx, "tcp", r.Addresses()[0])
				if c.dialled != (err == nil) || err != nil && !errors.Is(err, context.DeadlineExceeded) {
					t.Errorf("a dial gives %v", err)
				}
				if err == nil {
					another.Close()
				}
				heal()
				if got := hears(t, conn, c.next); got != c.refused {
					t.Errorf("the answer is %v, want %v", got, c.refused)
				}
				conn.Close()
				must(t, r.Client("PA").Send("another text"))
				r.RequireSettled()
			}, ringtest.OtherClients())
		})
	}
}

func dial(t *testing.T, r *ringtest.Ring, host string, within time.Duration) net.Conn {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), within)
	defer cancel()
	for i, h := range r.Hosts() {
		if h.Name() == host {
			conn, err := r.Dial(ctx, "tcp", r.Addresses()[i])
			must(t, err)
			return conn
		}
	}
	t.Fatal("no host ", host)
	return nil
}

// hears fails unless a read of a quarter of a minute ends with an error; nil is a byte.
// hears reads until an Ok or a last Ack comes, and returns the refusal of an Ok. Reading must fail with want, if it is not nil.
func hears(t *testing.T, conn net.Conn, want error) pzog.Refusal {
	t.Helper()
	must(t, conn.SetReadDeadline(time.Now().Add(15*time.Second)))
	buf := make([]byte, 0, frame.ClientLimit)
	for {
		n, err := conn.Read(buf[len(buf):cap(buf)])
		if !errors.Is(err, want) {
			t.Errorf("read %d bytes, %v; want %v", n, err, want)
		}
		if err != nil {
			return pzog.Refusal_NONE
		}
		buf = buf[:len(buf)+n]
		var f frame.Frame
		for {
			body, n, err := frame.Split(buf, frame.ClientLimit)
			must(t, err)
			if n == 0 {
				break
			}
			buf = buf[:copy(buf, buf[n:])]
			must(t, frame.Decode(body, &f))
			if f.Kind == frame.OkKind || f.Ack.Refused != "" {
				return f.Ok.Refusal
			}
		}
	}
}

// TestAPausedHostTakesNothingLate: what clients sent to a host that was paused they have given to
// another by the time it goes on, on new connections as on one that stood. It is in no log twice.
func TestAPausedHostTakesNothingLate(t *testing.T) {
	inBubble(t, func(t *testing.T, r *ringtest.Ring) {
		first := client.Config{Order: client.RoundRobin} // its first host is MV
		open := r.ClientWith(first)
		must(t, open.Send("1", "2", "3")) // the next is for MV again
		f := r.Host("MV").Pause()
		must(t, open.Send("4"))
		for n := range 12 {
			must(t, r.ClientWith(first).Send(fmt.Sprint("new ", n)))
		}
		time.Sleep(10 * time.Second)
		f.Heal()
		time.Sleep(5 * time.Second)
		must(t, r.Client("MV").Send("afterwards"))
		r.RequireSettled()
		once := slices.Sorted(slices.Values(r.Host("MV").Texts()))
		if len(slices.Compact(once)) != 17 || len(r.Host("MV").Texts()) != 17 {
			t.Errorf("the log has %q", once)
		}
	})
}

// TestAPausedHostIsBackOnce: each of the others warns once of a host that was paused, and says once that it
// is back. That they have dialled it again and again meanwhile is no line in its error.log.
func TestAPausedHostIsBackOnce(t *testing.T) {
	inBubble(t, func(t *testing.T, r *ringtest.Ring) {
		time.Sleep(2 * time.Second)
		mv := r.Host("MV")
		ups := r.Said("peer is up")
		f := mv.Pause()
		time.Sleep(time.Minute)
		f.Heal()
		time.Sleep(10 * time.Second)
		others := len(r.Hosts()) - 1
		if downs, ups := r.Said("peer is down"), r.Said("peer is up")-ups; downs != others || ups != others {
			t.Errorf("the others say %d times that it is down, and %d times that it is up", downs, ups)
		}
		if n := mv.Count(reported); n > 0 {
			t.Errorf("error.log has %d lines", n)
		}
		must(t, r.Client("MV").Send("afterwards"))
		r.RequireSettled()
	})
}

// TestAShortPause is noticed by nobody: what was sent meanwhile is taken.
func TestAShortPause(t *testing.T) {
	inBubble(t, func(t *testing.T, r *ringtest.Ring) {
		f := r.Host("MV").Pause()
		began := time.Now()
		time.AfterFunc(700*time.Millisecond, f.Heal)
		must(t, r.Client("MV").Send("text"))
		if took := time.Since(began); took > 750*time.Millisecond {
			t.Errorf("the answer came after %v", took)
		}
		r.RequireSettled()
	})
}

// TestAnUnpluggedHostHearsNothing of its peers either, and they nothing of it; all comes
// when it is plugged in, and once.
func TestAnUnpluggedHostHearsNothing(t *testing.T) {
	inBubble(t, func(t *testing.T, r *ringtest.Ring) {
		f, again := r.Host("MV").Unplug(), r.Host("MV").Unplug()
		must(t, r.Client("PA").Send("said at PA"))
		time.Sleep(20 * time.Second)
		f.Heal()
		time.Sleep(20 * time.Second)
		if logged(r.Host("MV"), "said at PA") || !logged(r.Host("G"), "said at PA") {
			t.Errorf("MV has %q, G has %q", r.Host("MV").Texts(), r.Host("G").Texts())
		}
		again.Heal()
		r.RequireSettled()
	})
}
