// Package memnet is a network in memory, for tests: hosts with addresses listen and dial. It has no
// faults; internal/test/faultnet adds them. It works in a synctest bubble, where real sockets do not.
//
// Its connections are like those of TCP: each direction has a buffer and can be closed by itself
// (CloseWrite), what was written before Close arrives, and Close after SetLinger(0) is a reset.
// Deadlines work. Unlike with TCP, a write to an end that was closed fails at once, with EPIPE.
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
	lastPort  uint16
}

// New returns a network on which every host can reach every other.
func New() *Network {
	return &Network{listeners: make(map[netip.AddrPort]*listener)}
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
	if l == nil {
		n.mu.Unlock()
		return nil, &net.OpError{Op: "dial", Net: "memory", Addr: net.TCPAddrFromAddrPort(to), Err: syscall.ECONNREFUSED}
	}
	n.lastPort = max(n.lastPort+1, 1024)
	here, there, back := netip.AddrPortFrom(from, n.lastPort), newStream(), newStream()
	dialled := &conn{local: here, remote: to, in: back, out: there}
	accepted := &conn{local: to, remote: here, in: there, out: back}
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
