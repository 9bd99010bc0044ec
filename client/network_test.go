package client

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"slices"
	"sync"
	"testing"
	"time"

	"xlattice.org/zog/internal/frame"
	"xlattice.org/zog/messages/pzog"
)

// network is an in-memory network of hosts, each an address and what it does
// with a connection. Dialling any other address fails at once.
type network struct {
	t     testing.TB
	mu    sync.Mutex
	hosts map[string]func(*peer)
	cut   map[string]bool // what is sent there disappears
	dials []string
	wg    sync.WaitGroup
}

var errRefused = errors.New("connection refused")

func newNetwork(t testing.TB) *network {
	n := &network{t: t, hosts: map[string]func(*peer){}, cut: map[string]bool{}}
	t.Cleanup(n.wg.Wait)
	return n
}

// serve puts a host on the network, or, with nil, takes it away.
func (n *network) serve(address string, talk func(*peer)) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.hosts[address] = talk
}

// unplug has dials to hosts hang, until plug.
func (n *network) unplug(addresses ...string) { n.setCut(true, addresses) }
func (n *network) plug(addresses ...string)   { n.setCut(false, addresses) }

func (n *network) isCut(address string) bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.cut[address]
}

func (n *network) setCut(cut bool, addresses []string) {
	n.mu.Lock()
	defer n.mu.Unlock()
	for _, a := range addresses {
		n.cut[a] = cut
	}
}

func (n *network) dial(ctx context.Context, _, address string) (net.Conn, error) {
	n.mu.Lock()
	n.dials = append(n.dials, address)
	n.mu.Unlock()
	for again := time.Second; n.isCut(address); again *= 2 { // as TCP does
		if err := wait(ctx, again); err != nil {
			return nil, err
		}
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	talk := n.hosts[address]
	if talk == nil {
		return nil, fmt.Errorf("dial %s: %w", address, errRefused)
	}
	ours, theirs := net.Pipe()
	n.wg.Go(func() {
		defer theirs.Close()
		talk(&peer{t: n.t, host: address, conn: theirs})
	})
	return ours, nil
}

// dialled returns how often an address was dialled.
func (n *network) dialled(address string) int {
	n.mu.Lock()
	defer n.mu.Unlock()
	count := 0
	for _, a := range n.dials {
		if a == address {
			count++
		}
	}
	return count
}

// config is a Config for the network.
func (n *network) config(order Order, hosts ...string) Config {
	return Config{Hosts: hosts, Order: order, Dial: n.dial, Rand: rand.NewPCG(1, 2)}
}

// client returns a client that is closed with the test.
func (n *network) client(cfg Config) *Client {
	n.t.Helper()
	c, err := New(cfg)
	if err != nil {
		n.t.Fatal(err)
	}
	n.t.Cleanup(func() { c.Close() })
	return c
}

// peer is the host's side of one connection.
type peer struct {
	t    testing.TB
	host string
	conn net.Conn
	buf  []byte
	in   frame.Frame
}

// next returns the next Data, until the next call; nil when the connection has
// ended. A keep-alive it answers.
func (p *peer) next() *frame.Frame {
	f := p.frame()
	for ; f != nil && f.Kind == frame.KeepAlive; f = p.frame() {
		p.ack()
	}
	return f
}

// work is a host that is busy for so long and gives signs of life, as hosts do.
func (p *peer) work(d time.Duration) {
	for ; d > signOfLife; d -= signOfLife {
		time.Sleep(signOfLife)
		p.ack()
	}
	time.Sleep(d)
}

// signOfLife is how often a host says something while it owes an answer.
const signOfLife = 500 * time.Millisecond

// frame returns the next frame, until the next call; nil when the connection has
// ended. Of Data with several messages it returns each as a frame.
func (p *peer) frame() *frame.Frame {
	if p.in.Kind == frame.DataKind && p.in.Data.Next() {
		return &p.in
	}
	for {
		body, n, err := frame.Split(p.buf, frame.ClientLimit)
		if err != nil {
			p.t.Errorf("the client sent: %v", err)
			return nil
		}
		if n > 0 {
			if err := frame.Decode(body, &p.in); err != nil {
				p.t.Errorf("the client sent: %v", err)
				return nil
			}
			p.buf = p.buf[n:]
			return &p.in
		}
		more := make([]byte, readBufferSize)
		n, err = p.conn.Read(more)
		if err != nil {
			return nil
		}
		p.buf = append(p.buf[:len(p.buf):len(p.buf)], more[:n]...)
	}
}

// data returns the text of the next Data, which must have this id.
func (p *peer) data(id uint64) string {
	f := p.next()
	switch {
	case f == nil:
		p.t.Errorf("the connection ended before id %d", id)
		return ""
	case f.Kind != frame.DataKind || f.Data.ID != id:
		p.t.Errorf("got %v with id %d, want Data with id %d", f.Kind, f.Data.ID, id)
	}
	return string(bytes.TrimSuffix(f.Data.Text, []byte(crlf)))
}

// say writes an Ok. That the client is gone is for the client's test to see.
func (p *peer) say(o frame.Ok) { _, _ = p.conn.Write(frame.AppendOk(nil, &o)) }

func (p *peer) ok(id uint64) { p.say(frame.Ok{ID: id, Copies: 1}) }

func (p *peer) refuse(id uint64, r pzog.Refusal) {
	p.say(frame.Ok{ID: id, Copies: 1, Refusal: r})
}

func (p *peer) ack() {
	_, _ = p.conn.Write(frame.AppendAck(nil, &pzog.Ack{Version: 1, Host: "A"}, frame.ClientLimit))
}

// hangUp ends the connection.
func (p *peer) hangUp() { p.conn.Close() }

// drain takes what comes until the client ends the connection.
func (p *peer) drain() { _, _ = io.Copy(io.Discard, p.conn) }

// name is how a client names a message.
type name struct{ session, number uint64 }

func nameOf(d *frame.Data) name { return name{d.Session, d.Number} }

// memory is what hosts have taken, of which each knows what the others took: it
// takes a message that has a name once.
type memory struct {
	mu    sync.Mutex
	texts []string
	names []name // of all that came, also again
	known map[name]bool
}

func (m *memory) take(d *frame.Data) {
	m.mu.Lock()
	defer m.mu.Unlock()
	n := nameOf(d)
	m.names = append(m.names, n)
	if n.session != 0 {
		if m.known[n] {
			return
		}
		if m.known == nil {
			m.known = map[name]bool{}
		}
		m.known[n] = true
	}
	m.texts = append(m.texts, string(bytes.TrimSuffix(d.Text, []byte(crlf))))
}

func (m *memory) taken() []string {
	m.mu.Lock()
	defer m.mu.Unlock()
	return slices.Clone(m.texts)
}

func (m *memory) named() []name {
	m.mu.Lock()
	defer m.mu.Unlock()
	return slices.Clone(m.names)
}

// obliging is a host that takes everything.
type obliging struct{ memory }

func (o *obliging) talk(p *peer) {
	for f := p.next(); f != nil; f = p.next() {
		o.take(&f.Data)
		p.ok(f.Data.ID)
	}
}
