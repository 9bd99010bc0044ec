package actors

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"

	"xlattice.org/zog/internal/admission"
	"xlattice.org/zog/internal/ratelimit"
	"xlattice.org/zog/internal/tlsconn"
	"xlattice.org/zog/internal/trust"
	"xlattice.org/zog/messages"
)

// acceptedConns are the connections that are admitted, as package admission decides. A
// listener asks before anything is spent on a connection.
type acceptedConns struct {
	id        *identity
	limits    func() int // how many clients may be connected
	reports   *reports
	stops     *stops
	clients   connSet
	ungreeted connSet // connections at the peer port on which no peer has greeted yet
	strangers connSet // the same from addresses of no host: with TLS a peer may have any address
	unproven  connSet // connections at the client port whose handshake is not done

	handshakes handshaking
	holders    holders // of the certificates of clients
}

// connSet makes an admission.Pool safe for concurrent use.
type connSet struct {
	mu    sync.Mutex
	pool  admission.Pool
	count atomic.Int64 // of the connections in pool
	told  func(int)    // is called with count when it has changed; nil is allowed
}

// add admits a connection, and returns those that are to be closed for it.
func (s *connSet) add(g *messages.AcceptedConn, from netip.Prefix, limits admission.Limits) (evicted []admission.Conn, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	evicted, err = s.pool.Admit(g, from, limits, time.Now())
	s.counted()
	if err != nil {
		err = violation(err.Error())
	}
	return evicted, err
}

// name notes the name of a connection, of which there may be so many, and returns those that are to be
// closed for it.
func (s *connSet) name(g *messages.AcceptedConn, name string, most int) (evicted []admission.Conn, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	evicted, err = s.pool.Name(g, name, most, time.Now())
	s.counted()
	if err != nil {
		err = violation(err.Error())
	}
	return evicted, err
}

// counted tells how many connections there are now, in the order of the changes.
func (s *connSet) counted() {
	n := s.pool.Len()
	if s.count.Swap(int64(n)) != int64(n) && s.told != nil {
		s.told(n)
	}
}

// len returns the number of connections. It takes no lock.
func (s *connSet) len() int { return int(s.count.Load()) }

func (s *connSet) remove(g *messages.AcceptedConn) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.pool.Remove(g)
	s.counted()
}

// evictOne returns the connection that is to be closed next, if one is idle.
func (s *connSet) evictOne() (evicted []admission.Conn) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if g := s.pool.Evict(time.Now()); g != nil {
		s.counted()
		evicted = append(evicted, g)
	}
	return evicted
}

// errEvicted is why a connection is closed that was idle, and that another one needs.
const errEvicted violation = "closed to make room for another: it was idle"

// errOlder is why a peer's connection is closed that waited to be accepted while this process was stopped.
// The peer has given it up and dialled again, so it is no fault.
var errOlder = errors.New("closed to make room for a newer one of the peer, after this process was stopped")

// maxUngreeted is how many connections from one host's address may be open on which no peer
// has greeted: any local user of that machine may have opened them.
const maxUngreeted = 4

// With TLS a connection whose handshake is not done has one of few places beside its place among
// the clients. A new one takes the place of the oldest.
const (
	maxUnproven     = 512
	maxUnprovenFrom = 256 // one address
)

// admit decides about a connection that was accepted on the peer port or on the client
// port, and evicts others if need be. It returns the host that it comes from, or
// messages.FromClient.
func (a *acceptedConns) admit(conn net.Conn, peer bool) (g *messages.AcceptedConn, from int, err error) {
	at, err := netip.ParseAddrPort(conn.RemoteAddr().String())
	if err != nil {
		return nil, 0, fmt.Errorf("remote address: %w", err)
	}
	_, ofPeer := a.id.Ring().ByAddress(at.Addr())
	source := ratelimit.Source(at.Addr())
	g = messages.NewAcceptedConn(a.id.secured(conn, peer, tlsconn.Policy{
		Turn: func(closed <-chan struct{}, until time.Time) error {
			return a.handshakes.wait(source, peer && ofPeer, closed, until)
		},
		Done: func(c *tlsconn.Conn) error { return a.proven(g, c, source, peer) },
	}), time.Now())
	if peer {
		from, err = a.admitPeer(g, at.Addr())
		return g, from, err
	}
	limits := admission.Limits{All: a.limits(), PerAddress: a.id.Ring().Limits.ClientsPerAddress}
	evicted, err := a.clients.add(g, source, limits)
	if _, secured := g.Conn.(*tlsconn.Conn); secured && err == nil {
		var out []admission.Conn
		out, err = a.unproven.add(g, source, admission.Limits{All: maxUnproven, PerAddress: maxUnprovenFrom})
		evicted = append(evicted, out...)
	}
	a.evict(evicted, errEvicted)
	return g, messages.FromClient, err
}

// proven notes that the handshake of a connection is done. The error is why it is closed: it
// would not pass any more, or its client has too many already.
func (a *acceptedConns) proven(g *messages.AcceptedConn, conn *tlsconn.Conn, source netip.Prefix, peer bool) error {
	a.unproven.remove(g)
	if err := a.id.stillTrusted(conn, trust.Want{}); err != nil { // the ring file may have changed meanwhile
		return err
	}
	who, ok := trust.Of(conn.State())
	if !ok {
		return nil
	}
	a.handshakes.letIn(source)
	if peer {
		return nil
	}
	name := who.Holder()
	evicted, err := a.clients.name(g, name, a.id.Ring().Limits.ClientsPerName)
	a.evict(evicted, errEvicted)
	if err == nil {
		a.holders.join(g, name)
	}
	return err
}

// admitPeer decides about a connection at the peer port. Without TLS only hosts of the ring get a
// place. With TLS strangers get few, which take none from the addresses of hosts.
func (a *acceptedConns) admitPeer(g *messages.AcceptedConn, at netip.Addr) (from int, err error) {
	_, secured := g.Conn.(*tlsconn.Conn)
	from, err = a.id.peerAt(at)
	if err != nil && !secured {
		return 0, err
	}
	// Hosts of a ring may be in one /64, so that each of their addresses counts by itself.
	set, source, why := &a.ungreeted, netip.PrefixFrom(at, at.BitLen()), error(errEvicted)
	switch {
	case err != nil:
		set, source = &a.strangers, ratelimit.Source(at)
	case a.stops.stale(time.Now()):
		why = errOlder
	}
	if secured {
		from = messages.FromWhom
	}
	evicted, err := set.add(g, source, admission.Limits{All: maxUngreeted * len(a.id.Ring().Hosts), PerAddress: maxUngreeted})
	a.evict(evicted, why)
	return from, err
}

// evictIdleClient closes the client connection that has been idle for longest, if one is idle.
func (a *acceptedConns) evictIdleClient() { a.evict(a.clients.evictOne(), errEvicted) }

// evict closes connections, and tells the other sides why.
func (a *acceptedConns) evict(conns []admission.Conn, why error) {
	if len(conns) == 0 {
		return
	}
	last := a.id.appendRefusal(nil, why)
	for _, g := range conns {
		g.Evict(why, last)
	}
}

// remove takes out a connection that has ended, or on which a peer has greeted.
func (a *acceptedConns) remove(g *messages.AcceptedConn) {
	a.clients.remove(g)
	a.ungreeted.remove(g)
	a.strangers.remove(g)
	a.unproven.remove(g)
	a.holders.leave(g)
}

// refusalTimeout bounds the only write on a connection that is refused.
const refusalTimeout = 50 * time.Millisecond

// refuse closes a connection that gets no actor, and says why on it. That fits into the
// buffer of the socket, so that nobody waits.
func (a *acceptedConns) refuse(conn net.Conn, why error) {
	a.reports.connClosed(conn.RemoteAddr().String(), why, nil)
	if last := a.id.appendRefusal(nil, why); len(last) > 0 && conn.SetWriteDeadline(time.Now().Add(refusalTimeout)) == nil {
		_, _ = conn.Write(last) // if it fails, the other side learns no reason
	}
	conn.Close()
}

// endReason returns why a connection has ended: why it was evicted, if it was, otherwise err.
func endReason(g *messages.AcceptedConn, err error) error {
	if why := g.Evicted(); why != nil && (err == nil || errors.Is(err, net.ErrClosed)) {
		return why
	}
	return err
}
