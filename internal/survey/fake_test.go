package survey_test

import (
	"context"
	"net"
	"net/netip"
	"sync/atomic"
	"testing"
	"time"

	"xlattice.org/zog/internal/frame"
	"xlattice.org/zog/internal/memnet"
	"xlattice.org/zog/internal/survey"
	"xlattice.org/zog/messages/pzog"
)

// fake is the test in the place of a host: it answers each KeepAlive with what
// its manner returns, and closes the connection at an error.
type fake struct {
	t      *testing.T
	net    *memnet.Network
	port   net.Listener
	manner func(*pzog.KeepAlive) ([]byte, error)
	served atomic.Int64 // connections
	// unasked, if there is one, is what the fake does on a connection by itself.
	unasked func(net.Conn)
}

// patience is how long the fake may be silent.
const patience = 2 * time.Second

var at = netip.MustParseAddrPort("127.0.55.1:55552")

func newFake(t *testing.T, manner func(*pzog.KeepAlive) ([]byte, error)) *fake {
	t.Helper()
	f := &fake{t: t, net: memnet.New(), manner: manner}
	port, err := f.net.Listen(at)
	if err != nil {
		t.Fatal(err)
	}
	f.port = port
	t.Cleanup(func() { port.Close() })
	go func() {
		for {
			conn, err := port.Accept()
			if err != nil {
				return
			}
			f.served.Add(1)
			go f.serve(conn)
			if f.unasked != nil {
				go f.unasked(conn)
			}
		}
	}()
	return f
}

func (f *fake) serve(conn net.Conn) {
	defer conn.Close()
	var buf []byte
	for piece := make([]byte, 4096); ; {
		body, n, err := frame.Split(buf, frame.ClientLimit)
		if err != nil {
			f.t.Errorf("asked with %v", err)
			return
		}
		if n == 0 {
			n, err := conn.Read(piece)
			if err != nil {
				return
			}
			buf = append(buf, piece[:n]...)
			continue
		}
		buf = buf[n:]
		var in frame.Frame
		if err := frame.Decode(body, &in); err != nil || in.Kind != frame.KeepAlive {
			f.t.Errorf("asked with %v, %v", in, err)
			return
		}
		out, err := f.manner(in.KeepAlive)
		if err != nil {
			return
		}
		if _, err := conn.Write(out); err != nil {
			return
		}
	}
}

// ask returns a Host that asks the fake.
func (f *fake) ask() *survey.Host {
	dial := func(ctx context.Context, _, address string) (net.Conn, error) {
		return f.net.Dial(ctx, netip.MustParseAddr("127.0.55.201"), netip.MustParseAddrPort(address))
	}
	h := survey.NewHost("MV", at.String(), patience, dial)
	f.t.Cleanup(func() { h.Close() })
	return h
}

func ack(a *pzog.Ack) []byte {
	a.Version = 1
	if a.Host == "" {
		a.Host = "MV"
	}
	return frame.AppendAck(nil, a, frame.ClientLimit)
}

func mark(origin string, boot, first, seq uint64) *pzog.Mark {
	return &pzog.Mark{Origin: origin, Boot: boot, First: first, Seq: seq}
}

// always answers everything with the same bytes.
func always(out []byte) func(*pzog.KeepAlive) ([]byte, error) {
	return func(*pzog.KeepAlive) ([]byte, error) { return out, nil }
}
