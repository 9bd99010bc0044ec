// Package memnet is a network in memory, for tests: hosts with addresses that
// listen and dial, and links between them that can be cut or go silent. It
// works inside a synctest bubble, where real sockets do not belong.
//
// Its connections are like those of TCP: each direction has a buffer of its own
// and can be closed alone (CloseWrite), what was written before Close arrives,
// and Close after SetLinger(0) is a reset. Deadlines are kept. Unlike in TCP,
// writing to an end that has been closed fails at once, with EPIPE.
package memnet

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"sync"
	"syscall"
)

// Network connects listeners and diallers. The zero value is not usable; call
// New.
type Network struct {
	mu        sync.Mutex
	listeners map[netip.AddrPort]*listener
	conns     map[*conn]bool
	cut       map[route]bool
	silent    map[route]bool
	lastPort  uint16
}

// route is one direction between two hosts.
type route struct{ from, to netip.Addr }

// New returns a network on which all can reach all.
func New() *Network {
	return &Network{
		listeners: make(map[netip.AddrPort]*listener),
		conns:     make(map[*conn]bool),
		cut:       make(map[route]bool),
		silent:    make(map[route]bool),
	}
}

// Listen opens a port. An address in use gives an error that is
// syscall.EADDRINUSE.
func (n *Network) Listen(at netip.AddrPort) (net.Listener, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.listeners[at] != nil {
		return nil, &net.OpError{Op: "listen", Net: "memory", Addr: net.TCPAddrFromAddrPort(at), Err: syscall.EADDRINUSE}
	}
	l := &listener{network: n, at: at, backlog: make(chan net.Conn, backlog), closed: make(chan struct{})}
	n.listeners[at] = l
	return l, nil
}

// Dial connects an address to a port.
func (n *Network) Dial(ctx context.Context, from netip.Addr, to netip.AddrPort) (net.Conn, error) {
	n.mu.Lock()
	l := n.listeners[to]
	if l == nil || n.cut[route{from, to.Addr()}] {
		n.mu.Unlock()
		return nil, &net.OpError{Op: "dial", Net: "memory", Addr: net.TCPAddrFromAddrPort(to), Err: syscall.ECONNREFUSED}
	}
	n.lastPort = max(n.lastPort+1, 1024)
	here, there, back := netip.AddrPortFrom(from, n.lastPort), newStream(), newStream()
	dialled := &conn{network: n, local: here, remote: to, in: back, out: there}
	accepted := &conn{network: n, local: to, remote: here, in: there, out: back}
	n.conns[dialled], n.conns[accepted] = true, true
	n.mu.Unlock()
	select {
	case l.backlog <- accepted:
		l.dropIfClosed()
		return dialled, nil
	case <-l.closed:
	case <-ctx.Done():
	}
	dialled.Close()
	accepted.Close()
	return nil, fmt.Errorf("dial %s: %w", to, syscall.ECONNREFUSED)
}

// Cut breaks all connections between two hosts and refuses new ones, until
// Heal.
func (n *Network) Cut(a, b netip.Addr) {
	n.mu.Lock()
	n.cut[route{a, b}], n.cut[route{b, a}] = true, true
	var broken []*conn
	for c := range n.conns {
		if r := c.route(); r == (route{a, b}) || r == (route{b, a}) {
			broken = append(broken, c)
		}
	}
	n.mu.Unlock()
	for _, c := range broken {
		c.reset()
	}
}

// Silence lets what from sends to to vanish, on connections old and new, until
// Heal: neither side learns of it.
func (n *Network) Silence(from, to netip.Addr) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.silent[route{from, to}] = true
}

// Heal undoes Cut and Silence between two hosts. Connections that were silent
// have lost bytes, and are broken.
func (n *Network) Heal(a, b netip.Addr) {
	n.mu.Lock()
	there, back := route{a, b}, route{b, a}
	delete(n.cut, there)
	delete(n.cut, back)
	var broken []*conn
	for c := range n.conns {
		if r := c.route(); n.silent[r] && (r == there || r == back) {
			broken = append(broken, c)
		}
	}
	delete(n.silent, there)
	delete(n.silent, back)
	n.mu.Unlock()
	for _, c := range broken {
		c.reset()
	}
}

// forget is for a connection's end that is over.
func (n *Network) forget(c *conn) {
	n.mu.Lock()
	defer n.mu.Unlock()
	delete(n.conns, c)
}
