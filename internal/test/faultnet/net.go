package faultnet

import (
	"context"
	"math/rand/v2"
	"net"
	"net/netip"
	"sync"
)

// Base is the network underneath, as in actors.Seams.
type Base struct {
	Dial   func(ctx context.Context, from netip.Addr, to netip.AddrPort) (net.Conn, error)
	Listen func(at netip.AddrPort) (net.Listener, error)
}

// Config configures a Net.
type Config struct {
	Base Base
	// Judge decides about each frame. It is called in the goroutine that writes the frame, without
	// locks, so it may call the Net, and must be safe for concurrent use. If it is nil, bytes pass
	// unchanged. Otherwise a frame is held back until it is complete or its connection is closed.
	Judge func(Event) Action
	// Rand draws the jitter. If it is nil, the seed is constant.
	Rand *rand.Rand
}

// Net is a network with faults. Its methods are safe for concurrent use.
type Net struct {
	base  Base
	judge func(Event) Action
	group sync.WaitGroup // all goroutines

	randMu sync.Mutex // for rand
	rand   *rand.Rand

	// Locks are taken in the order Net, end, link.
	mu               sync.Mutex
	closed           bool
	hosts            map[*Endpoint]bool // that were not killed
	links            map[Route]*link
	defaultCondition Condition // of routes without one of their own
	connections      map[pair]*connection
	numbers          uint64
	ends             map[*end]bool
	poweredOff       map[netip.Addr]bool // whose host has no power
	changed          chan struct{}       // closed and replaced when a dial must check its route again
}

// New returns a Net without faults. The caller must close it.
func New(cfg Config) *Net {
	n := &Net{
		base: cfg.Base, judge: cfg.Judge, rand: cfg.Rand,
		hosts:       make(map[*Endpoint]bool),
		links:       make(map[Route]*link),
		connections: make(map[pair]*connection),
		ends:        make(map[*end]bool),
		poweredOff:  make(map[netip.Addr]bool),
		changed:     make(chan struct{}),
	}
	if n.rand == nil {
		n.rand = rand.New(rand.NewPCG(1, 2))
	}
	return n
}

// Close kills all endpoints and resets all connections. When it returns, all goroutines of the Net
// have ended.
func (n *Net) Close() {
	n.mu.Lock()
	n.closed = true
	var hosts []*Endpoint
	for p := range n.hosts {
		hosts = append(hosts, p)
	}
	n.mu.Unlock()
	for _, p := range hosts {
		p.Kill(true)
	}
	for _, e := range n.endsWhere(func(*end) bool { return true }) {
		e.reset(net.ErrClosed)
	}
	n.group.Wait()
}

// endsWhere returns the ends for which a condition is true.
func (n *Net) endsWhere(choice func(*end) bool) []*end {
	n.mu.Lock()
	defer n.mu.Unlock()
	var chosen []*end
	for e := range n.ends {
		if choice(e) {
			chosen = append(chosen, e)
		}
	}
	return chosen
}

// add makes an end of a host from a connection of the base, and starts its pump. After Close it closes
// the connection and returns nil.
func (n *Net) add(p *Endpoint, base net.Conn, dialled bool) *end {
	local, remote := address(base.LocalAddr()), address(base.RemoteAddr())
	e := &end{
		base: base, net: n, host: p, dialled: dialled,
		wake: make(chan struct{}, 1), room: make(chan struct{}, 1),
		reading: make(chan struct{}, 1), writing: make(chan struct{}, 1), over: make(chan struct{}),
		pair: pair{local, remote},
	}
	if !dialled {
		e.pair = pair{remote, local}
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.closed {
		base.Close()
		return nil
	}
	e.link = n.link(Route{local.Addr(), remote.Addr()})
	e.link.ends[e] = true
	e.number = n.numberOf(e.pair)
	n.ends[e] = true
	p.ends[e] = true
	n.group.Go(e.pump)
	return e
}

// numberOf returns the number of a connection, which its two ends share.
func (n *Net) numberOf(p pair) uint64 {
	c := n.connections[p]
	if c == nil {
		n.numbers++
		c = &connection{number: n.numbers}
		n.connections[p] = c
	}
	c.ends++
	return c.number
}

// remove removes an end whose pump has ended.
func (n *Net) remove(e *end) {
	n.mu.Lock()
	defer n.mu.Unlock()
	delete(n.ends, e)
	delete(e.link.ends, e)
	delete(e.host.ends, e)
	c := n.connections[e.pair]
	c.ends--
	if c.ends == 0 {
		delete(n.connections, e.pair)
	}
}

func address(a net.Addr) netip.AddrPort {
	tcp, ok := a.(*net.TCPAddr)
	if !ok {
		return netip.AddrPort{}
	}
	at := tcp.AddrPort()
	return netip.AddrPortFrom(at.Addr().Unmap(), at.Port())
}

// jitterShare draws the share of a link's jitter that applies, 0 to 1.
func (n *Net) jitterShare(l *link) float64 {
	if l.condition().Jitter == 0 {
		return 0
	}
	n.randMu.Lock()
	defer n.randMu.Unlock()
	return n.rand.Float64()
}
