package faultnet_test

import (
	"context"
	"errors"
	"io"
	"net"
	"net/netip"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"xlattice.org/zog/internal/test/faultnet"
	"xlattice.org/zog/internal/test/memnet"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var (
	a = netip.MustParseAddr("127.0.55.1")
	b = netip.MustParseAddr("127.0.55.2")
	c = netip.MustParseAddr("127.0.55.3")

	there = faultnet.Route{From: a, To: b}
	back  = faultnet.Route{From: b, To: a}
)

// world is a Net with a host at a and one at b, which listens.
type world struct {
	*faultnet.Net
	t    *testing.T
	a, b *faultnet.Endpoint
	at   netip.AddrPort
	l    net.Listener
}

func tcp() faultnet.Base {
	return faultnet.Base{
		Dial: func(ctx context.Context, from netip.Addr, to netip.AddrPort) (net.Conn, error) {
			d := net.Dialer{LocalAddr: net.TCPAddrFromAddrPort(netip.AddrPortFrom(from, 0))}
			return d.DialContext(ctx, "tcp", to.String())
		},
		Listen: func(at netip.AddrPort) (net.Listener, error) { return net.Listen("tcp", at.String()) },
	}
}

func memory() faultnet.Base {
	n := memnet.New()
	return faultnet.Base{Dial: n.Dial, Listen: n.Listen}
}

type judge = func(faultnet.Event) faultnet.Action

func nobody() judge { return nil }

// inMemory runs a test in virtual time. Its Net is closed at the end; what is
// left then, the bubble finds.
func inMemory(t *testing.T, j judge, test func(t *testing.T, w *world)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) { inWorld(t, memory(), 55551, j, test) })
}

// overBoth runs a test in memory, and over TCP, each with a judge of its own.
func overBoth(t *testing.T, appoint func() judge, test func(t *testing.T, w *world)) {
	t.Run("memory", func(t *testing.T) { inMemory(t, appoint(), test) })
	t.Run("tcp", func(t *testing.T) { inWorld(t, tcp(), 0, appoint(), test) })
}

func inWorld(t *testing.T, base faultnet.Base, port uint16, j judge, test func(t *testing.T, w *world)) {
	t.Helper()
	n := faultnet.New(faultnet.Config{Base: base, Judge: j})
	defer n.Close()
	w := &world{Net: n, t: t, a: n.Join(), b: n.Join(), at: netip.AddrPortFrom(b, port)}
	w.listen(w.b)
	test(t, w)
}

// listen opens the port at b for a host.
func (w *world) listen(p *faultnet.Endpoint) {
	w.t.Helper()
	l, err := p.Listen(w.at)
	if err != nil {
		w.t.Fatal(err)
	}
	w.l, w.at = l, l.Addr().(*net.TCPAddr).AddrPort()
}

// dial connects from a.
func (w *world) dial() net.Conn {
	w.t.Helper()
	near, err := w.a.Dial(w.t.Context(), a, w.at)
	if err != nil {
		w.t.Fatal(err)
	}
	return near
}

// connect dials and accepts.
func (w *world) connect() (near, far net.Conn) {
	w.t.Helper()
	near = w.dial()
	far, err := w.l.Accept()
	if err != nil {
		w.t.Fatal(err)
	}
	return near, far
}

// say writes, and fails unless it all goes.
func (w *world) say(to net.Conn, words ...[]byte) {
	w.t.Helper()
	for _, word := range words {
		if n, err := to.Write(word); n != len(word) || err != nil {
			w.t.Fatalf("writing %d bytes: %d, %v", len(word), n, err)
		}
	}
}

// hear reads exactly this.
func (w *world) hear(from net.Conn, words ...[]byte) {
	w.t.Helper()
	for _, word := range words {
		got := make([]byte, len(word))
		if n, err := io.ReadFull(from, got); err != nil || string(got) != string(word) {
			w.t.Fatalf("read %q, %v instead of %q", got[:n], err, word)
		}
	}
}

// ends reads up to the end, which has to be this error and come behind nothing.
func (w *world) ends(from net.Conn, want error) {
	w.t.Helper()
	if n, err := from.Read(make([]byte, 1)); n != 0 || !errors.Is(err, want) {
		w.t.Fatalf("read %d bytes, %v instead of %v", n, err, want)
	}
}

// mute fails unless writing fails with this.
func (w *world) mute(to net.Conn, want error) {
	w.t.Helper()
	if n, err := to.Write([]byte("x")); n != 0 || !errors.Is(err, want) {
		w.t.Fatalf("wrote %d bytes, %v instead of %v", n, err, want)
	}
}

// reset fails unless both ends see a reset.
func (w *world) reset(ends ...net.Conn) {
	w.t.Helper()
	for _, end := range ends {
		w.ends(end, syscall.ECONNRESET)
		w.mute(end, syscall.ECONNRESET)
	}
}

// after fails unless so much time has gone since start. Only virtual time is
// exact.
func (w *world) after(start time.Time, want time.Duration) {
	w.t.Helper()
	if took := time.Since(start); took != want {
		w.t.Fatalf("it took %v instead of %v", took, want)
	}
}

// silent fails if there is something to read within a minute of virtual time.
func (w *world) silent(from net.Conn) {
	w.t.Helper()
	from.SetReadDeadline(time.Now().Add(time.Minute))
	if n, err := from.Read(make([]byte, 1)); !isTimeout(err) {
		w.t.Fatalf("read %d bytes, %v", n, err)
	}
	from.SetReadDeadline(time.Time{})
}

func isTimeout(err error) bool {
	var timeout net.Error
	return errors.As(err, &timeout) && timeout.Timeout()
}
