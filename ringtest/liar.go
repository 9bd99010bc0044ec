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

// Mark is what a host says that it holds of a run: the messages First to Seq. First is 1
// if it is 0.
type Mark struct {
	Origin           string
	Boot, Seq, First uint64
}

// Line is a message as one host sends it to another: the text is without CR LF.
type Line struct {
	Origin    string
	Boot, Seq uint64
	Text      string
}

// Present returns the host's present run, which is that of its last start or later, and
// the last message of it that is in its log. The host must be up.
func (h *Host) Present() Mark {
	h.ring.t.Helper()
	l := h.alive()
	if l == nil {
		h.ring.t.Fatalf("ringtest: %s is down, and has no present run", h.name)
		return Mark{}
	}
	m := l.host.Present()
	return Mark{Origin: m.Origin, Boot: m.Boot, Seq: m.Seq, First: m.First}
}

// Liar speaks in the place of a host, from its address: what a compromised host could
// say, or a program that may bind the address. It keeps to the form of the protocol where
// [LiarConn.Write] is not used, and to nothing else. No fault hits what it says.
//
// The host itself should be down. If it is up, the newest connection of the two counts,
// as between a host and itself after a restart.
type Liar struct {
	host *Host

	mu     sync.Mutex
	claims []Mark
	heard  []*LiarConn // that others have dialled
}

// Liar returns a liar in the place of the host with a name.
func (r *Ring) Liar(name string) *Liar {
	r.t.Helper()
	return &Liar{host: r.Host(name)}
}

// Dial connects to the peer port of a host, and says nothing yet. The connection is closed
// at the test's end.
func (l *Liar) Dial(to string) *LiarConn {
	r := l.host.ring
	r.t.Helper()
	at := netip.AddrPortFrom(r.Host(to).address, r.file.Ports.Peer)
	conn, err := r.DialBelow(context.Background(), l.host.address, at)
	if err != nil {
		r.t.Fatalf("ringtest: a liar at %s: %v", l.host.name, err)
	}
	return l.converse(conn)
}

// Answer lets the liar take the connections that other hosts dial to its host, which must
// be down: it greets them with claims, as the marks that it holds, and answers every Data
// as if it kept it. Called again, it tells them other claims.
func (l *Liar) Answer(claims ...Mark) {
	r := l.host.ring
	r.t.Helper()
	l.mu.Lock()
	first := l.claims == nil
	l.claims = append([]Mark{}, claims...)
	heard := l.heard
	l.mu.Unlock()
	for _, c := range heard {
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

// accept takes connections until the port is closed, and then ends them.
func (l *Liar) accept(port net.Listener) {
	for {
		conn, err := port.Accept()
		if err != nil {
			break
		}
		c := l.begin(conn)
		l.mu.Lock()
		l.heard = append(l.heard, c)
		l.mu.Unlock()
	}
	l.mu.Lock()
	heard := l.heard
	l.mu.Unlock()
	for _, c := range heard {
		c.Close()
	}
}

func (l *Liar) converse(conn net.Conn) *LiarConn {
	c := l.begin(conn)
	l.host.ring.t.Cleanup(c.Close)
	return c
}

// begin reads whatever comes on a connection, until it is closed.
func (l *Liar) begin(conn net.Conn) *LiarConn {
	c := &LiarConn{liar: l, conn: conn, done: make(chan struct{})}
	go func() {
		defer close(c.done)
		c.listen()
	}()
	return c
}

// LiarConn is a connection of a liar. Its methods may be used from one goroutine at a
// time. What the host says is read at once, and only counted.
type LiarConn struct {
	liar *Liar
	conn net.Conn
	done chan struct{}
	id   uint64 // of the last line

	write   sync.Mutex
	oks     atomic.Uint64
	repairs atomic.Int64
}

// Greet says a KeepAlive with marks that are all that the liar holds, as its first word or
// again.
func (c *LiarConn) Greet(marks ...Mark) { c.keepAlive(marks, false) }

// Claim says a KeepAlive with marks in addition to those it has said on this connection, or
// in their place.
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

// Send sends lines as Data, with the ids that are next. Their texts are on record from
// then on: [Ring.RequireSettled] does not wonder where they come from.
func (c *LiarConn) Send(lines ...Line) {
	var said []byte
	texts := make([]string, len(lines))
	for i, m := range lines {
		c.id++
		texts[i] = m.Text
		said = frame.AppendData(said, &frame.Data{
			ID: c.id, Text: []byte(m.Text + "\r\n"), Origin: []byte(m.Origin), Boot: m.Boot, Seq: m.Seq,
			TimeMS: c.liar.host.clock.Now().Unix() * 1000,
		})
	}
	c.liar.host.ring.madeUp("a liar at "+c.liar.host.name, texts)
	c.Write(said)
}

// Write sends bytes as they are. That the host has closed the connection is no error:
// see [LiarConn.Closed].
func (c *LiarConn) Write(raw []byte) {
	c.write.Lock()
	defer c.write.Unlock()
	_, _ = c.conn.Write(raw)
}

// Answered returns up to which line of Send the host has answered.
func (c *LiarConn) Answered() uint64 { return c.oks.Load() }

// Repairs returns how often the host has asked for what it lacks.
func (c *LiarConn) Repairs() int { return int(c.repairs.Load()) }

// Closed tells whether the connection has ended.
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

// listen takes in what comes, and answers what is to be answered.
func (c *LiarConn) listen() {
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
				c.hear(&f)
			}
			buf = buf[used:]
		}
		if err != nil {
			c.conn.Close()
			return
		}
	}
}

func (c *LiarConn) hear(f *frame.Frame) {
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
		c.Write(frame.AppendOk(nil, &frame.Ok{ID: f.Data.ID, Copies: 1}))
	}
}
