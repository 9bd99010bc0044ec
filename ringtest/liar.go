package ringtest

import (
	"context"
	"net"
	"net/netip"
	"sync"
	"sync/atomic"

	"xlattice.org/zog/internal/frame"
	"xlattice.org/zog/messages/pzog"
)

// Mark says which messages of a run a host holds: First to Seq. A First of 0 means 1.
type Mark struct {
	Origin           string
	Boot, Seq, First uint64
}

// Line is a message that one host sends to another. The text is without CR LF.
type Line struct {
	Origin    string
	Boot, Seq uint64
	Text      string
}

// Present returns the mark of the host's present run in its log. The host must be up.
func (h *Host) Present() Mark {
	h.ring.t.Helper()
	p := h.running()
	if p == nil {
		h.ring.t.Fatalf("ringtest: %s is down, and has no present run", h.name)
		return Mark{}
	}
	m := p.host.Present()
	return Mark{Origin: m.Origin, Boot: m.Boot, Seq: m.Seq, First: m.First}
}

// Liar sends from the address of a host what a compromised host could send, or a program that can
// bind the address. Its frames are valid, except with [LiarConn.Write], but their content need not
// be true. No fault hits them.
//
// The host itself should be down. If it is up, peers use the newer of the two connections, as they
// do after a restart.
type Liar struct {
	host *Host

	mu       sync.Mutex
	claims   []Mark
	accepted []*LiarConn
}

// Liar returns a liar at the address of the host with a name.
func (r *Ring) Liar(name string) *Liar {
	r.t.Helper()
	return &Liar{host: r.Host(name)}
}

// Dial connects to the peer port of a host, and sends nothing yet. The connection is closed at the
// end of the test.
func (l *Liar) Dial(to string) *LiarConn {
	r := l.host.ring
	r.t.Helper()
	at := netip.AddrPortFrom(r.Host(to).address, r.file.Ports.Peer)
	conn, err := r.DialBelow(context.Background(), l.host.address, at)
	if err != nil {
		r.t.Fatalf("ringtest: a liar at %s: %v", l.host.name, err)
	}
	c := l.start(conn)
	r.t.Cleanup(c.Close)
	return c
}

// Answer makes the liar accept the connections that other hosts dial to its host, which must be
// down. It greets them with claims as its marks, and answers every Data with Ok. A second call
// sends them other claims.
func (l *Liar) Answer(claims ...Mark) {
	r := l.host.ring
	r.t.Helper()
	l.mu.Lock()
	first := l.claims == nil
	l.claims = append([]Mark{}, claims...)
	accepted := l.accepted
	l.mu.Unlock()
	for _, c := range accepted {
		c.ack(claims, false)
	}
	if !first {
		return
	}
	port, err := r.ListenBelow(netip.AddrPortFrom(l.host.address, r.file.Ports.Peer))
	if err != nil {
		r.t.Fatalf("ringtest: a liar at %s: %v", l.host.name, err)
	}
	done := make(chan struct{})
	r.t.Cleanup(func() { port.Close(); <-done })
	go func() {
		defer close(done)
		l.accept(port)
	}()
}

// accept accepts connections until the port is closed, and then closes them.
func (l *Liar) accept(port net.Listener) {
	for {
		conn, err := port.Accept()
		if err != nil {
			break
		}
		c := l.start(conn)
		l.mu.Lock()
		l.accepted = append(l.accepted, c)
		l.mu.Unlock()
	}
	l.mu.Lock()
	accepted := l.accepted
	l.mu.Unlock()
	for _, c := range accepted {
		c.Close()
	}
}

// start makes a LiarConn, and reads from the connection until it is closed.
func (l *Liar) start(conn net.Conn) *LiarConn {
	c := &LiarConn{liar: l, conn: conn, done: make(chan struct{})}
	go func() {
		defer close(c.done)
		c.read()
	}()
	return c
}

// LiarConn is a connection of a liar. Its methods may be used from one goroutine at a time. Frames
// from the host are read at once, and only counted.
type LiarConn struct {
	liar *Liar
	conn net.Conn
	done chan struct{}
	id   uint64 // of the last line

	write   sync.Mutex
	oks     atomic.Uint64
	repairs atomic.Int64
}

// Greet sends a KeepAlive with a whole vector of marks, as the greeting or later.
func (c *LiarConn) Greet(marks ...Mark) { c.keepAlive(marks, false) }

// Claim sends a KeepAlive with marks that add to, or replace, those sent on this connection.
func (c *LiarConn) Claim(marks ...Mark) { c.keepAlive(marks, true) }

func (c *LiarConn) keepAlive(marks []Mark, delta bool) {
	r := c.liar.host.ring
	c.Write(frame.AppendKeepAlive(nil, &pzog.KeepAlive{
		Version: 1, Host: c.liar.host.name, Ring: r.file.Digest(), Marks: onWire(marks), Delta: delta,
	}, frame.PeerLimit))
}

func (c *LiarConn) ack(marks []Mark, delta bool) {
	r := c.liar.host.ring
	c.Write(frame.AppendAck(nil, &pzog.Ack{
		Version: 1, Host: c.liar.host.name, Ring: r.file.Digest(), Marks: onWire(marks), Delta: delta,
	}, frame.PeerLimit))
}

func onWire(marks []Mark) []*pzog.Mark {
	var wire []*pzog.Mark
	for _, m := range marks {
		wire = append(wire, &pzog.Mark{Origin: m.Origin, Boot: m.Boot, Seq: m.Seq, First: m.First})
	}
	return wire
}

// Send sends lines as Data, with the next ids. Their texts are recorded as sent, so that
// [Ring.RequireSettled] accepts them in the logs.
func (c *LiarConn) Send(lines ...Line) {
	var frames []byte
	texts := make([]string, len(lines))
	for i, m := range lines {
		c.id++
		texts[i] = m.Text
		frames = frame.AppendData(frames, &frame.Data{
			ID: c.id, Text: []byte(m.Text + "\r\n"), Origin: []byte(m.Origin), Boot: m.Boot, Seq: m.Seq,
			TimeMS: c.liar.host.clock.Now().Unix() * 1000,
		})
	}
	c.liar.host.ring.recordSent("a liar at "+c.liar.host.name, texts)
	c.Write(frames)
}

// Write sends bytes as they are. A closed connection is no error: see [LiarConn.Closed].
func (c *LiarConn) Write(raw []byte) {
	c.write.Lock()
	defer c.write.Unlock()
	_, _ = c.conn.Write(raw)
}

// Answered returns the number of lines of Send that the host has answered.
func (c *LiarConn) Answered() uint64 { return c.oks.Load() }

// Repairs returns how often the host has asked for a repair.
func (c *LiarConn) Repairs() int { return int(c.repairs.Load()) }

// Closed says whether the connection has ended.
func (c *LiarConn) Closed() bool {
	select {
	case <-c.done:
		return true
	default:
		return false
	}
}

// Close ends the connection.
func (c *LiarConn) Close() {
	c.conn.Close()
	<-c.done
}

// read reads frames until the connection is closed.
func (c *LiarConn) read() {
	var buf []byte
	for chunk := make([]byte, 64<<10); ; {
		n, err := c.conn.Read(chunk)
		buf = append(buf, chunk[:n]...)
		for {
			body, used, bad := frame.Split(buf, frame.PeerLimit)
			if bad != nil || used == 0 {
				break
			}
			var f frame.Frame
			if frame.Decode(body, &f) == nil {
				c.handle(&f)
			}
			buf = buf[used:]
		}
		if err != nil {
			c.conn.Close()
			return
		}
	}
}

// handle counts a frame, or answers it.
func (c *LiarConn) handle(f *frame.Frame) {
	switch f.Kind {
	case frame.OkKind:
		c.oks.Store(f.Ok.ID)
	case frame.Ack:
		if f.Ack.Repair {
			c.repairs.Add(1)
		}
	case frame.KeepAlive:
		c.liar.mu.Lock()
		claims := c.liar.claims
		c.liar.mu.Unlock()
		c.ack(claims, false)
	case frame.DataKind:
		c.Write(frame.AppendOk(nil, &frame.Ok{ID: f.Data.ID + uint64(f.Data.More.Len()), Copies: 1}))
	}
}
