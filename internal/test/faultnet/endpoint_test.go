package faultnet_test

import (
	"context"
	"errors"
	"io"
	"net"
	"os"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"xlattice.org/zog/internal/test/faultnet"
)

func TestAKilledProcess(t *testing.T) {
	overBoth(t, nobody, func(t *testing.T, w *world) {
		near, far := w.connect()
		waiting := w.dial()
		w.b.Kill(true)
		w.b.Kill(false)
		w.ends(far, net.ErrClosed)
		w.mute(far, net.ErrClosed)
		if err := far.Close(); err != nil {
			t.Errorf("closing after death: %v", err)
		}
		for _, end := range []net.Conn{near, waiting} {
			if err := far.Close(); !errors.Is(err, net.ErrClosed) {
				t.Error(err)
			}
			if n, err := end.Read(make([]byte, 1)); n != 0 || err == nil {
				t.Errorf("read %d, %v", n, err)
			}
		}
		if _, err := w.l.Accept(); !errors.Is(err, net.ErrClosed) {
			t.Errorf("accepting: %v", err)
		}
		if _, err := w.b.Listen(w.at); !errors.Is(err, net.ErrClosed) {
			t.Errorf("listening: %v", err)
		}
		if _, err := w.b.Dial(t.Context(), b, w.at); !errors.Is(err, net.ErrClosed) {
			t.Errorf("dialling: %v", err)
		}
		if _, err := w.a.Dial(t.Context(), a, w.at); !errors.Is(err, syscall.ECONNREFUSED) {
			t.Errorf("being dialled: %v", err)
		}
		w.listen(w.Join())
		near, far = w.connect()
		w.say(near, one)
		w.hear(far, one)
	})
}

// The reset of who has died does not pass a firewall. The next one answers who speaks to
// the dead, and takes its time.
func TestTheNewsOfADeathTravels(t *testing.T) {
	inMemory(t, nil, func(t *testing.T, w *world) {
		near, far := w.connect()
		w.fill(far)
		w.Set(back, faultnet.Condition{Drop: true})
		synctest.Wait()
		w.b.Kill(true)
		w.available(near)
		w.silent(near)
		w.Set(back, faultnet.Condition{Latency: time.Second})
		w.silent(near)
		healed := time.Now()
		w.say(near, one)
		w.reset(near)
		w.after(healed, time.Second)
	})
}

// What was closed before its process died is seen to by the kernel.
func TestWhatWasClosedBeforeAKillArrives(t *testing.T) {
	inMemory(t, nil, func(t *testing.T, w *world) {
		near, far := w.connect()
		w.Set(back, faultnet.Condition{Latency: time.Second})
		w.say(far, one)
		far.Close()
		w.b.Kill(true)
		w.hear(near, one)
		w.ends(near, io.EOF)
	})
}

func TestAPowerCutIsSilent(t *testing.T) {
	inMemory(t, nil, func(t *testing.T, w *world) {
		near, far := w.connect()
		idle, _ := w.connect()
		unaccepted := w.dial()
		w.Set(back, faultnet.Condition{Latency: time.Second})
		w.say(far, one)
		w.b.Kill(false)
		w.ends(far, net.ErrClosed)
		w.mute(far, net.ErrClosed)
		far.Close()
		w.silent(near)
		w.silent(unaccepted)
		w.say(near, two)
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		if _, err := w.a.Dial(ctx, a, w.at); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("dialling who has no power: %v", err)
		}
		w.revive(near, idle)
	})
}

// revive lets b come back: it knows none of the old connections, of which one
// has said something meanwhile, and says it again.
func (w *world) revive(said, idle net.Conn) {
	w.t.Helper()
	back := make(chan bool)
	time.AfterFunc(time.Minute, func() { w.listen(w.Join()); close(back) })
	start := time.Now()
	near := w.dial() // is tried again once the power is back
	w.after(start, 63*time.Second+time.Second)
	<-back
	far, err := w.l.Accept()
	if err != nil {
		w.t.Fatal(err)
	}
	w.reset(said)
	w.silent(idle)
	w.say(idle, two)
	w.reset(idle)
	w.say(far, one)
	w.hear(near, one)
}

// On TCP as well, peers see nothing of a power cut until they speak to who has
// come back.
func TestAPowerCutOverBoth(t *testing.T) {
	overBoth(t, nobody, func(t *testing.T, w *world) {
		near, _ := w.connect()
		w.b.Kill(false)
		w.say(near, one)
		near.SetReadDeadline(time.Now().Add(10 * ms))
		w.ends(near, os.ErrDeadlineExceeded)
		near.SetReadDeadline(time.Time{})
		w.listen(w.Join())
		w.ends(near, syscall.ECONNRESET)
	})
}

func TestAnAddressOfTwoHostsKeepsItsPower(t *testing.T) {
	inMemory(t, nil, func(t *testing.T, w *world) {
		other := w.Join()
		near, err := other.Dial(t.Context(), a, w.at)
		if err != nil {
			t.Fatal(err)
		}
		far, err := w.l.Accept()
		if err != nil {
			t.Fatal(err)
		}
		w.connect()
		other.Kill(false)
		w.connect()
		w.ends(near, net.ErrClosed)
		w.say(far, one)
		w.reset(far)
	})
}

func TestAPausedHost(t *testing.T) {
	inMemory(t, nil, func(t *testing.T, w *world) {
		near, far := w.connect()
		start := time.Now()
		resume, again := w.b.Pause(), w.b.Pause()
		time.AfterFunc(time.Minute, resume)
		time.AfterFunc(time.Minute, resume)
		time.AfterFunc(time.Hour, again)
		far.SetReadDeadline(start.Add(time.Second))
		w.say(near, one)
		w.say(w.dial(), two)
		w.ends(far, os.ErrDeadlineExceeded)
		w.after(start, time.Hour)
		far.SetReadDeadline(time.Time{})
		w.hear(far, one)
		other, err := w.l.Accept()
		if err != nil {
			t.Fatal(err)
		}
		w.hear(other, two)
		w.after(start, time.Hour)
	})
}

// Each call of a paused host waits for itself.
func TestAPausedHostDoesNothing(t *testing.T) {
	inMemory(t, nil, func(t *testing.T, w *world) {
		near, far := w.connect()
		done := make(chan string, 4)
		resume := w.b.Pause()
		go func() { far.Read(make([]byte, 1)); done <- "read" }()
		go func() { far.Write(one); done <- "write" }()
		go func() { w.l.Accept(); done <- "accept" }()
		go func() { w.b.Dial(t.Context(), b, w.at); done <- "dial" }()
		w.say(near, one)
		w.dial()
		w.silent(near)
		if len(done) != 0 {
			t.Errorf("%s was done", <-done)
		}
		resume()
		for range 4 {
			<-done
		}
		w.hear(near, one)
	})
}

// What was read before a pause began is not handed out in it.
func TestAPauseDuringARead(t *testing.T) {
	inMemory(t, nil, func(t *testing.T, w *world) {
		near, far := w.connect()
		start := time.Now()
		time.AfterFunc(time.Second, func() {
			time.AfterFunc(time.Minute, w.b.Pause())
			w.say(near, one)
		})
		w.hear(far, one)
		w.after(start, time.Second+time.Minute)
	})
}

func TestCloseAndKillEndThePauseOfTheirOwn(t *testing.T) {
	inMemory(t, nil, func(t *testing.T, w *world) {
		near, far := w.connect()
		_, other := w.connect()
		w.b.Pause()
		time.AfterFunc(time.Second, func() { far.Close() })
		w.ends(far, net.ErrClosed)
		w.ends(near, io.EOF)
		time.AfterFunc(time.Second, func() { w.b.Kill(true) })
		w.mute(other, net.ErrClosed)
		if _, err := w.l.Accept(); !errors.Is(err, net.ErrClosed) {
			t.Error(err)
		}
	})
}

func TestADeadHostsDialsEnd(t *testing.T) {
	inMemory(t, nil, func(t *testing.T, w *world) {
		w.Set(there, faultnet.Condition{Drop: true})
		time.AfterFunc(time.Second, func() { w.a.Kill(false) })
		if _, err := w.a.Dial(t.Context(), a, w.at); !errors.Is(err, net.ErrClosed) {
			t.Error(err)
		}
	})
}

func TestManyConnections(t *testing.T) {
	overBoth(t, nobody, func(t *testing.T, w *world) {
		var nears, fars []net.Conn
		for range 600 {
			near, far := w.connect()
			nears, fars = append(nears, near), append(fars, far)
		}
		for i := range nears {
			w.say(nears[i], one)
			w.say(fars[i], two)
		}
		for i := range nears {
			w.hear(fars[i], one)
			w.hear(nears[i], two)
		}
	})
}
