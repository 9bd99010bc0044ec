package actors

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"sync"
	"time"

	"xlattice.org/zog/internal/admission"
	"xlattice.org/zog/internal/ratelimit"
	"xlattice.org/zog/messages"
)

// door is who of those that have connected is let in, and who has to go for that, as
// package admission decides. Listeners ask it before anything is spent on a connection.
// The zero value is ready.
type door struct {
	mu     sync.Mutex
	guests admission.Pool
}

// enter lets a guest in, and returns who has to go for that.
func (d *door) enter(g *messages.Guest, from netip.Prefix, limits admission.Limits) (out []admission.Conn, err error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	out, err = d.guests.Admit(g, from, limits, time.Now())
	if err != nil {
		err = violation(err.Error())
	}
	return out, err
}

// leave notes that a guest has gone.
func (d *door) leave(g *messages.Guest) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.guests.Remove(g)
}

// idlest returns who goes next, if somebody is idle.
func (d *door) idlest() (out []admission.Conn) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if g := d.guests.Evict(time.Now()); g != nil {
		out = append(out, g)
	}
	return out
}

// Why a connection is closed before a word is said on it, or because none is said.
const (
	errStranger violation = "the address is of no host in the ring"
	errOurself  violation = "the address is our own"
	errEvicted  violation = "closed to make room for another: it was idle"
)

// maxUngreeted is how many connections from one host's address may be open on which
// nobody has greeted: any local user there may have opened them.
const maxUngreeted = 4

// admit decides about a connection that was accepted on the peer port or that for
// clients, and evicts others if need be. It returns the host that it comes from, or
// messages.FromClient.
func (n *Node) admit(conn net.Conn, peer bool) (g *messages.Guest, from int, err error) {
	at, err := netip.ParseAddrPort(conn.RemoteAddr().String())
	if err != nil {
		return nil, 0, fmt.Errorf("remote address: %w", err)
	}
	from, where, place := messages.FromClient, &n.lobby, ratelimit.Source(at.Addr())
	limits := admission.Limits{All: n.clientPlaces(), PerAddress: n.Ring().Limits.ClientsPerAddress}
	if peer {
		if from, err = n.peerAt(at.Addr()); err != nil {
			return nil, 0, err
		}
		// Hosts of a ring may be in one /64: of them each address counts by itself.
		where, place = &n.porch, netip.PrefixFrom(at.Addr(), at.Addr().BitLen())
		limits = admission.Limits{All: maxUngreeted * len(n.Ring().Hosts), PerAddress: maxUngreeted}
	}
	g = messages.NewGuest(conn, time.Now())
	out, err := where.enter(g, place, limits)
	n.evict(out)
	return g, from, err
}

// evict has guests go, and tells them why.
func (n *Node) evict(out []admission.Conn) {
	if len(out) == 0 {
		return
	}
	last := n.appendRefusal(nil, errEvicted)
	for _, g := range out {
		g.Evict(last)
	}
}

// peerAt finds the host that a connection comes from: without TLS its address
// is all that tells.
func (n *Node) peerAt(from netip.Addr) (int, error) {
	peer, ok := n.Ring().ByAddress(from)
	switch {
	case !ok:
		return 0, errStranger
	case peer == n.Self:
		return 0, errOurself
	}
	return peer, nil
}

// left notes that a connection is no guest any more.
func (n *Node) left(g *messages.Guest) {
	n.lobby.leave(g)
	n.porch.leave(g)
}

// ended returns why a connection has ended: one that had to go, for that.
func ended(g *messages.Guest, err error) error {
	if g.Evicted() && (err == nil || errors.Is(err, net.ErrClosed)) {
		return errEvicted
	}
	return err
}
