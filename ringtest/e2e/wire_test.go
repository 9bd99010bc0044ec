package e2e

import (
	"io"
	"net"
	"net/netip"
	"testing"
	"time"

	"xlattice.org/zog/internal/frame"
)

// wire is a connection to a daemon on which a test says what it likes.
type wire struct {
	*net.TCPConn
	t    *testing.T
	buf  []byte
	last uint64 // the id of the last Data sent
	logs int    // how many lines error.log of the host had before
}

// dial connects to host i, to its port for peers or that for clients. from is
// the address to do so from; the zero one leaves it to the system.
func (r *ring) dial(i int, peer bool, from netip.Addr) *wire {
	r.t.Helper()
	port := r.Ports.Client
	if peer {
		port = r.Ports.Peer
	}
	logs := len(r.lines(r.path(i, "error.log")))
	var local *net.TCPAddr
	if from.IsValid() {
		local = net.TCPAddrFromAddrPort(netip.AddrPortFrom(from, 0))
	}
	conn, err := net.DialTCP("tcp", local, net.TCPAddrFromAddrPort(netip.AddrPortFrom(r.Hosts[i].Address, port)))
	if err != nil {
		r.t.Fatal(err)
	}
	r.t.Cleanup(func() { conn.Close() })
	if err := conn.SetDeadline(time.Now().Add(patience)); err != nil {
		r.t.Fatal(err)
	}
	return &wire{TCPConn: conn, t: r.t, logs: logs}
}

// finish says raw and then no more, and waits until the daemon has closed the
// connection. What the daemon says meanwhile, and how it closes, is its own.
func (w *wire) finish(raw []byte) {
	w.t.Helper()
	_, _ = w.Write(raw)
	_ = w.CloseWrite()
	if _, err := io.Copy(io.Discard, w); isTimeout(err) {
		w.t.Fatal("the daemon has not closed the connection")
	}
	w.Close()
}

func isTimeout(err error) bool {
	timeout, ok := err.(net.Error)
	return ok && timeout.Timeout()
}

// send sends a text as it is, CRLF or not, and returns the answer.
func (w *wire) send(text string) frame.Ok {
	w.t.Helper()
	return w.sendData(frame.Data{Text: []byte(text)})
}

// sendData sends d under the next id, and returns the answer.
func (w *wire) sendData(d frame.Data) frame.Ok {
	w.t.Helper()
	w.last++
	d.ID = w.last
	if _, err := w.Write(frame.AppendData(nil, &d)); err != nil {
		w.t.Fatal(err)
	}
	for {
		if f := w.next(); f.Kind == frame.OkKind {
			return f.Ok
		}
	}
}

// next returns the next frame that the daemon sends.
func (w *wire) next() *frame.Frame {
	w.t.Helper()
	for {
		body, n, err := frame.Split(w.buf, frame.PeerLimit)
		if err != nil {
			w.t.Fatal(err)
		}
		if n > 0 {
			f := new(frame.Frame)
			if err := frame.Decode(body, f); err != nil {
				w.t.Fatal(err)
			}
			w.buf = w.buf[n:]
			return f
		}
		chunk := make([]byte, 4096)
		n, err = w.Read(chunk)
		if err != nil {
			w.t.Fatal(err)
		}
		w.buf = append(w.buf, chunk[:n]...)
	}
}
