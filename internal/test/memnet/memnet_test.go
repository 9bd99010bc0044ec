package memnet

import (
	"context"
	"errors"
	"io"
	"net"
	"net/netip"
	"syscall"
	"testing"
	"testing/synctest"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var (
	a    = netip.MustParseAddr("127.0.55.1")
	b    = netip.MustParseAddr("127.0.55.2")
	c    = netip.MustParseAddr("127.0.55.3")
	port = netip.AddrPortFrom(b, 55551)
)

// newNetwork has a listener at port. In the end nothing may be open.
func newNetwork(t *testing.T) (*Network, net.Listener) {
	t.Helper()
	n := New()
	l, err := n.Listen(port)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		l.Close()
		if len(n.listeners) != 0 {
			t.Errorf("%d listeners are left", len(n.listeners))
		}
	})
	return n, l
}

// connect dials port and accepts.
func connect(t *testing.T, n *Network, l net.Listener, from netip.Addr) (near, far net.Conn) {
	t.Helper()
	near, err := n.Dial(t.Context(), from, port)
	if err != nil {
		t.Fatal(err)
	}
	far, err = l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		near.Close()
		far.Close()
	})
	return near, far
}

// deliver says a word from one end to the other.
func deliver(t *testing.T, from, to net.Conn) {
	t.Helper()
	go from.Write([]byte("hello"))
	got := make([]byte, 5)
	if _, err := io.ReadFull(to, got); err != nil || string(got) != "hello" {
		t.Errorf("read %q, %v", got, err)
	}
}

// broken fails unless both ends of a connection have ended.
func broken(t *testing.T, ends ...net.Conn) {
	t.Helper()
	for _, end := range ends {
		if n, err := end.Read(make([]byte, 1)); err == nil {
			t.Errorf("read %d bytes", n)
		}
		if _, err := end.Write([]byte("x")); err == nil {
			t.Error("a write succeeds")
		}
	}
}

func TestBothSidesTalkAndKnowEachOther(t *testing.T) {
	n, l := newNetwork(t)
	near, far := connect(t, n, l, a)
	deliver(t, near, far)
	deliver(t, far, near)
	if near.RemoteAddr().String() != port.String() || far.LocalAddr().String() != port.String() || l.Addr().String() != port.String() {
		t.Errorf("%v was dialled, %v answers, of %v", near.RemoteAddr(), far.LocalAddr(), l.Addr())
	}
	if near.LocalAddr().String() != far.RemoteAddr().String() || near.LocalAddr().(*net.TCPAddr).AddrPort().Addr() != a {
		t.Errorf("%v has dialled, %v is seen", near.LocalAddr(), far.RemoteAddr())
	}
	other, _ := connect(t, n, l, a)
	if other.LocalAddr().String() == near.LocalAddr().String() {
		t.Errorf("%v has dialled twice", other.LocalAddr())
	}
	near.Close()
	broken(t, near, far)
}

func TestAPortIsForOneListenerAtATime(t *testing.T) {
	n, l := newNetwork(t)
	if _, err := n.Listen(port); !errors.Is(err, syscall.EADDRINUSE) {
		t.Fatalf("listening twice: %v", err)
	}
	l.Close()
	l.Close()
	if _, err := l.Accept(); !errors.Is(err, net.ErrClosed) {
		t.Errorf("a closed listener accepts: %v", err)
	}
	again, err := n.Listen(port)
	if err != nil {
		t.Fatal(err)
	}
	connect(t, n, again, a)
	again.Close()
}

func TestNobodyListensNobodyAnswers(t *testing.T) {
	n, _ := newNetwork(t)
	if _, err := n.Dial(t.Context(), a, netip.AddrPortFrom(c, port.Port())); !errors.Is(err, syscall.ECONNREFUSED) {
		t.Errorf("dialling nobody: %v", err)
	}
}

func TestADialWaitsForRoomAsLongAsItMay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n, l := newNetwork(t)
		var dialled []net.Conn
		ctx, cancel := context.WithCancel(t.Context())
		go func() {
			synctest.Wait()
			cancel()
		}()
		for {
			conn, err := n.Dial(ctx, a, port)
			if err != nil {
				break
			}
			dialled = append(dialled, conn)
		}
		l.Close()
		for _, conn := range dialled {
			broken(t, conn)
			conn.Close()
		}
	})
}

// A dial may have found a listener that closes before it has knocked. It fails
// or succeeds, but then not into the void.
func TestADialThatComesTooLateIsNotLeftHanging(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n, l := newNetwork(t)
		l.Close()
		n.listeners[port] = l.(*listener)
		defer delete(n.listeners, port)
		for range 50 {
			if conn, err := n.Dial(t.Context(), a, port); err == nil {
				broken(t, conn)
				conn.Close()
			}
		}
	})
}
