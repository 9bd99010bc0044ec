package memnet

import (
	"bytes"
	"errors"
	"io"
	"net"
	"os"
	"syscall"
	"testing"
	"testing/synctest"
	"time"
)

// talk runs a test with a connection, in virtual time.
func talk(t *testing.T, test func(t *testing.T, near, far *conn)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		n, l := newNetwork(t)
		near, far := connect(t, n, l, a)
		test(t, near.(*conn), far.(*conn))
	})
}

// gives fails unless a call has done nothing and failed with this.
func gives(t *testing.T, want error) func(n int, err error) {
	return func(n int, err error) {
		t.Helper()
		if n != 0 || !errors.Is(err, want) {
			t.Errorf("%d bytes, %v, want %v", n, err, want)
		}
	}
}

var one = make([]byte, 1)

func TestWhatWasWrittenBeforeCloseArrives(t *testing.T) {
	talk(t, func(t *testing.T, near, far *conn) {
		near.Write([]byte("hello"))
		near.Close()
		if got, err := io.ReadAll(far); string(got) != "hello" || err != nil {
			t.Errorf("read %q, %v", got, err)
		}
		gives(t, net.ErrClosed)(near.Read(one))
		gives(t, net.ErrClosed)(near.Write(one))
		gives(t, net.ErrClosed)(0, near.Close())
		gives(t, net.ErrClosed)(0, near.CloseWrite())
		gives(t, net.ErrClosed)(0, near.SetDeadline(time.Time{}))
		gives(t, syscall.EPIPE)(far.Write(one))
	})
}

func TestAHalfIsClosedAndTheOtherGoesOn(t *testing.T) {
	talk(t, func(t *testing.T, near, far *conn) {
		near.CloseWrite()
		gives(t, io.EOF)(far.Read(one))
		gives(t, syscall.EPIPE)(near.Write(one))
		deliver(t, far, near)
		far.Close()
		gives(t, io.EOF)(near.Read(one))
	})
}

func TestAResetComesBehindWhatHasArrived(t *testing.T) {
	talk(t, func(t *testing.T, near, far *conn) {
		near.Write([]byte("hello"))
		near.CloseWrite()
		near.SetLinger(0)
		near.Close()
		if got, err := io.ReadAll(far); string(got) != "hello" || !errors.Is(err, syscall.ECONNRESET) {
			t.Errorf("read %q, %v", got, err)
		}
		gives(t, syscall.ECONNRESET)(far.Write(one))
	})
}

func TestTheBufferIsBounded(t *testing.T) {
	talk(t, func(t *testing.T, near, far *conn) {
		long := make([]byte, 3*streamSize+5)
		for i := range long {
			long[i] = byte(i * i >> 8)
		}
		near.SetWriteDeadline(time.Now().Add(time.Second))
		n, err := near.Write(long)
		if n != streamSize || !errors.Is(err, os.ErrDeadlineExceeded) {
			t.Errorf("wrote %d bytes, %v", n, err)
		}
		near.SetWriteDeadline(time.Time{})
		rest := long[n:]
		go func() {
			near.Write(rest)
			near.Close()
		}()
		var got bytes.Buffer
		for piece := make([]byte, 999); err != io.EOF; {
			n, err = far.Read(piece)
			got.Write(piece[:n])
			synctest.Wait()
		}
		if !bytes.Equal(got.Bytes(), long) {
			t.Errorf("%d bytes are not what was written", got.Len())
		}
	})
}

func TestDeadlinesAreExactAndCanBeMoved(t *testing.T) {
	talk(t, func(t *testing.T, near, far *conn) {
		start := time.Now()
		near.SetDeadline(start.Add(time.Minute))
		time.AfterFunc(time.Second, func() { near.SetReadDeadline(start.Add(2 * time.Second)) })
		gives(t, os.ErrDeadlineExceeded)(near.Read(one))
		if took := time.Since(start); took != 2*time.Second {
			t.Errorf("it took %v", took)
		}
		far.Write(one)
		gives(t, os.ErrDeadlineExceeded)(near.Read(one))
		near.SetReadDeadline(time.Time{})
		if n, err := near.Read(one); n != 1 || err != nil {
			t.Errorf("read %d, %v", n, err)
		}
		near.SetWriteDeadline(start)
		gives(t, os.ErrDeadlineExceeded)(near.Write(one))
		gives(t, os.ErrDeadlineExceeded)(near.Write(nil))
	})
}

func TestCloseWakesBothEnds(t *testing.T) {
	talk(t, func(t *testing.T, near, far *conn) {
		failed := make(chan error, 3)
		go func() { _, err := near.Read(one); failed <- err }()
		go func() { _, err := near.Write(make([]byte, 2*streamSize)); failed <- err }()
		synctest.Wait()
		near.Close()
		for range 2 {
			gives(t, net.ErrClosed)(0, <-failed)
		}
		go func() { _, err := far.Write(make([]byte, 2*streamSize)); failed <- err }()
		gives(t, syscall.EPIPE)(0, <-failed)
	})
}
