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
		if len(n.conns) != 0 || len(n.listeners) != 0 {
			t.Errorf("%d ends of connections and %d listeners are left", len(n.conns), len(n.listeners))
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

func TestACutBreaksAndRefusesUntilItIsHealed(t *testing.T) {
	n, l := newNetwork(t)
	near, far := connect(t, n, l, a)
	other, otherFar := connect(t, n, l, c)
	n.Cut(b, a)
	broken(t, near, far)
	if _, err := n.Dial(t.Context(), a, port); !errors.Is(err, syscall.ECONNREFUSED) {
		t.Fatalf("dialling over a cut: %v", err)
	}
	deliver(t, other, otherFar)
	n.Heal(a, b)
	near, far = connect(t, n, l, a)
	deliver(t, near, far)
}

func TestACutIsBothWaysAndSoIsItsHealing(t *testing.T) {
	there, back := port, netip.AddrPortFrom(a, port.Port())
	n := New()
	dial := func() (errs []error) {
		for from, to := range map[netip.Addr]netip.AddrPort{a: there, b: back} {
			conn, err := n.Dial(t.Context(), from, to)
			if err == nil {
				conn.Close()
			}
			errs = append(errs, err)
		}
		return errs
	}
	for _, at := range []netip.AddrPort{there, back} {
		l, err := n.Listen(at)
		if err != nil {
			t.Fatal(err)
		}
		defer l.Close()
	}
	n.Cut(a, b)
	for _, err := range dial() {
		if !errors.Is(err, syscall.ECONNREFUSED) {
			t.Errorf("dialling over a cut: %v", err)
		}
	}
	n.Heal(a, b)
	if err := errors.Join(dial()...); err != nil {
		t.Errorf("dialling after it: %v", err)
	}
}

// What is said into the silence is said for good: neither side is told, and
// after it the connection, which has lost bytes, ends.
func TestSilenceIsOneWayAndUnnoticed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n, l := newNetwork(t)
		near, far := connect(t, n, l, a)
		n.Silence(a, b)
		late, lateFar := connect(t, n, l, a)
		ended := make(chan error, 2)
		for _, end := range []net.Conn{far, lateFar} {
			go func() { _, err := end.Read(make([]byte, 1)); ended <- err }()
		}
		for _, end := range []net.Conn{near, late} {
			if n, err := end.Write([]byte("hello")); n != 5 || err != nil {
				t.Errorf("a write into the silence: %d, %v", n, err)
			}
		}
		synctest.Wait()
		if len(ended) != 0 {
			t.Error("the silence was noticed")
		}
		deliver(t, far, near)
		n.Heal(b, a)
		for range 2 {
			if err := <-ended; err == nil {
				t.Error("what was silenced has arrived")
			}
		}
		near, far = connect(t, n, l, a)
		deliver(t, near, far)
	})
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
