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

// Config says what a Net lies over, and who decides.
type Config struct {
	Base Base
	// Judge is asked about each frame, in the goroutine that writes it and with
	// no lock held: it may call the Net. It is safe for concurrent use. Where it
	// is nil, bytes pass as they are; where not, a frame is held back until it is
	// complete, or its connection is closed.
	Judge func(Event) Action
	// Rand draws the jitter. Where it is nil, the draws are the same each time.
	Rand *rand.Rand
}

// Net is a network that misbehaves. All its methods can be called at any time
// from anywhere.
type Net struct {
	base  Base
	judge func(Event) Action
	group sync.WaitGroup // all goroutines

	randMu sync.Mutex // for rand
	rand   *rand.Rand

	// The order of locking is Net, end, link.
	mu               sync.Mutex
	closed           bool
	hosts            map[*Endpoint]bool // that live
	links            map[Route]*link
	defaultCondition Condition // of routes that have none of their own
	connections      map[pair]*connection
	numbers          uint64
	ends             map[*end]bool
	poweredOff       map[netip.Addr]bool // whose host has lost its power
	changed          chan struct{}       // closed and replaced when a dial may look again
}

// New returns a Net on which all is well. Whoever has it closes it.
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

// Close ends all endpoints, and resets all connections. When it returns, no
// goroutine of the Net is left.
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

// endsWhere returns the ends that a choice is true for.
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

// add takes a connection of the base in as an end of a host. It has a pump from
// now on. After Close there is no end any more, and it returns nil.
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

// remove is for an end that is gone.
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

// jitterShare returns which part of a link's jitter is taken, 0 to 1.
func (n *Net) jitterShare(l *link) float64 {
	if l.condition().Jitter == 0 {
		return 0
	}
	n.randMu.Lock()
	defer n.randMu.Unlock()
	return n.rand.Float64()
}
