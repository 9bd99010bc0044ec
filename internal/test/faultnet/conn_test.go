package faultnet_test

import (
	"bytes"
	"errors"
	"io"
	"net"
	"os"
	"syscall"
	"testing"
	"time"
)

var hello, world2 = []byte("hello"), []byte("world")

func TestBothSidesTalkAndKnowEachOther(t *testing.T) {
	overBoth(t, nobody, func(t *testing.T, w *world) {
		near, far := w.connect()
		w.say(near, hello)
		w.hear(far, hello)
		w.say(far, world2)
		w.hear(near, world2)
		if near.RemoteAddr().String() != w.at.String() || far.LocalAddr().String() != w.at.String() {
			t.Errorf("%v was dialled, %v answers", near.RemoteAddr(), far.LocalAddr())
		}
		if near.LocalAddr().String() != far.RemoteAddr().String() {
			t.Errorf("%v has dialled, %v is seen", near.LocalAddr(), far.RemoteAddr())
		}
	})
}

func TestWhatWasWrittenBeforeCloseArrives(t *testing.T) {
	overBoth(t, nobody, func(t *testing.T, w *world) {
		near, far := w.connect()
		long := bytes.Repeat([]byte("0123456789"), 20_000)
		w.say(near, long)
		if err := near.Close(); err != nil {
			t.Error(err)
		}
		w.ends(near, net.ErrClosed)
		w.mute(near, net.ErrClosed)
		if err := near.Close(); !errors.Is(err, net.ErrClosed) {
			t.Errorf("closing again: %v", err)
		}
		if err := near.SetDeadline(time.Now()); !errors.Is(err, net.ErrClosed) {
			t.Errorf("a deadline after Close: %v", err)
		}
		w.hear(far, long)
		w.ends(far, io.EOF)
	})
}

func TestCloseWakesWhoReadsAndWrites(t *testing.T) {
	overBoth(t, nobody, func(t *testing.T, w *world) {
		near, _ := w.connect()
		w.fill(near)
		failed := make(chan error, 3)
		go func() { _, err := near.Read(make([]byte, 1)); failed <- err }()
		for range 2 {
			go func() { failed <- writeUntilItFails(near) }()
		}
		near.Close()
		for range 3 {
			if err := <-failed; !errors.Is(err, net.ErrClosed) {
				t.Error(err)
			}
		}
	})
}

func writeUntilItFails(to net.Conn) error {
	_, err := writeAll(to)
	return err
}

// writeAll writes until it fails, and counts the bytes.
func writeAll(to net.Conn) (all int, err error) {
	for err == nil {
		var n int
		n, err = to.Write(make([]byte, 10_000))
		all += n
	}
	return all, err
}

// fill writes until there is no room, which the peer does not make, and counts
// the bytes.
func (w *world) fill(to net.Conn) (all int) {
	w.t.Helper()
	to.SetWriteDeadline(time.Now().Add(200 * time.Millisecond))
	all, err := writeAll(to)
	if !errors.Is(err, os.ErrDeadlineExceeded) {
		w.t.Fatal(err)
	}
	to.SetWriteDeadline(time.Time{})
	return all
}

func TestAHalfIsClosedAndTheOtherGoesOn(t *testing.T) {
	overBoth(t, nobody, func(t *testing.T, w *world) {
		near, far := w.connect()
		w.say(near, hello)
		w.closeWrite(near)
		w.hear(far, hello)
		w.ends(far, io.EOF)
		w.mute(near, syscall.EPIPE)
		w.say(far, world2)
		w.hear(near, world2)
		far.Close()
		w.ends(near, io.EOF)
	})
}

func (w *world) closeWrite(end net.Conn) {
	w.t.Helper()
	if err := end.(interface{ CloseWrite() error }).CloseWrite(); err != nil {
		w.t.Fatal(err)
	}
}

func TestWritingToWhoHasClosedFails(t *testing.T) {
	overBoth(t, nobody, func(t *testing.T, w *world) {
		near, far := w.connect()
		far.Close()
		w.ends(near, io.EOF)
		err := writeUntilItFails(near)
		if !errors.Is(err, syscall.EPIPE) && !errors.Is(err, syscall.ECONNRESET) {
			t.Error(err)
		}
	})
}

func TestDeadlines(t *testing.T) {
	overBoth(t, nobody, func(t *testing.T, w *world) {
		near, far := w.connect()
		near.SetReadDeadline(time.Now().Add(time.Millisecond))
		if _, err := near.Read(make([]byte, 1)); !isTimeout(err) {
			t.Fatal(err)
		}
		near.SetDeadline(time.Unix(1, 0))
		w.mute(near, os.ErrDeadlineExceeded)
		near.SetDeadline(time.Time{})
		w.say(near, hello)
		w.hear(far, hello)
		w.fill(near)
		late := make(chan error)
		go func() { late <- writeUntilItFails(near) }()
		near.SetWriteDeadline(time.Now().Add(time.Millisecond))
		if err := <-late; !isTimeout(err) {
			t.Error(err)
		}
	})
}

// What a Write with a deadline says to have written arrives, and no more.
func TestAWriteThatWasCutShortSaysHowMuchWent(t *testing.T) {
	overBoth(t, nobody, func(t *testing.T, w *world) {
		near, far := w.connect()
		near.SetWriteDeadline(time.Now().Add(100 * time.Millisecond))
		n, err := near.Write(make([]byte, 64<<20))
		if !isTimeout(err) {
			t.Fatal(err)
		}
		near.Close()
		got, err := io.Copy(io.Discard, far)
		if got != int64(n) || err != nil {
			t.Errorf("%d were written, %d arrived, %v", n, got, err)
		}
	})
}

func TestCloseOfTheNetEndsAll(t *testing.T) {
	overBoth(t, nobody, func(t *testing.T, w *world) {
		near, far := w.connect()
		w.fill(near)
		near.Close()
		other, _ := w.connect()
		w.Close()
		w.ends(other, net.ErrClosed)
		w.ends(far, net.ErrClosed)
		if _, err := w.l.Accept(); !errors.Is(err, net.ErrClosed) {
			t.Errorf("accepting: %v", err)
		}
		for _, p := range []interface{ Kill(bool) }{w.a, w.Join()} {
			p.Kill(false)
		}
		if _, err := w.Join().Listen(w.at); !errors.Is(err, net.ErrClosed) {
			t.Errorf("listening: %v", err)
		}
		if _, err := w.Join().Dial(t.Context(), a, w.at); !errors.Is(err, net.ErrClosed) {
			t.Errorf("dialling: %v", err)
		}
	})
}

func TestWhatWasNotAcceptedIsClosed(t *testing.T) {
	overBoth(t, nobody, func(t *testing.T, w *world) {
		near := w.dial()
		w.l.Close()
		if _, err := io.Copy(io.Discard, near); err != nil && !errors.Is(err, syscall.ECONNRESET) {
			t.Error(err)
		}
		if _, err := w.a.Dial(t.Context(), a, w.at); !errors.Is(err, syscall.ECONNREFUSED) {
			t.Errorf("dialling: %v", err)
		}
		w.listen(w.b)
		w.connect()
	})
}
