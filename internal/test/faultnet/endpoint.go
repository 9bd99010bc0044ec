package faultnet

import (
	"context"
	"net"
	"net/netip"
	"sync"
	"sync/atomic"
)

// Endpoint is a host from its start to its end. A host that starts again joins again.
type Endpoint struct {
	net    *Net
	life   context.Context // ends when it is killed
	end    context.CancelFunc
	pause  sync.Mutex
	pauses int
	gate   atomic.Pointer[chan struct{}] // closed at the end of the pauses, nil outside

	// The mutex of the Net guards these.
	dead      bool
	unplugged bool
	addrs     map[netip.Addr]bool // it has used
	ends      map[*end]bool
	listeners map[*listener]bool
}

// Join returns a new Endpoint. After Close of the Net it is a killed one.
func (n *Net) Join() *Endpoint {
	p := &Endpoint{
		net: n, addrs: make(map[netip.Addr]bool),
		ends: make(map[*end]bool), listeners: make(map[*listener]bool),
	}
	p.life, p.end = context.WithCancel(context.Background())
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.closed {
		p.dead = true
		p.end()
		return p
	}
	n.hosts[p] = true
	return p
}

// Kill ends the host: its listeners are closed, and all its calls fail with net.ErrClosed. With rst its
// process has died: bytes that have not arrived are lost, and peers see a reset, at once if the link
// lets it through, and otherwise when they write. Without rst the host has lost its power: peers
// receive nothing, what they write is lost, as with Condition.Drop, and dials get no answer, until an
// Endpoint listens at one of its addresses or dials from it. From then on what peers write to an old
// connection is answered with a reset. A second Kill does nothing.
func (p *Endpoint) Kill(rst bool) {
	ends, peers, listeners := p.die(rst)
	for _, e := range ends {
		p.finish(e)
	}
	for _, e := range peers {
		e.conditionChanged(Condition{Drop: true})
	}
	for _, l := range listeners {
		l.Close()
	}
}

// die marks the host as dead, so that nothing is added, and returns what must be ended.
func (p *Endpoint) die(rst bool) (ends, peers []*end, listeners []*listener) {
	n := p.net
	n.mu.Lock()
	defer n.mu.Unlock()
	if p.dead {
		return nil, nil, nil
	}
	p.dead, p.unplugged = true, !rst
	p.end() // with the mutex held: what is added later sees it
	delete(n.hosts, p)
	for a := range p.addrs {
		if p.unplugged && !n.inUse(a) {
			peers = append(peers, n.setPower(a, true)...)
		}
	}
	for e := range p.ends {
		ends = append(ends, e)
	}
	for l := range p.listeners {
		listeners = append(listeners, l)
	}
	return ends, peers, listeners
}

// finish ends an end of a killed host.
func (p *Endpoint) finish(e *end) {
	if p.unplugged {
		e.unplug()
		p.net.resetOrphan(e)
	} else {
		e.kill()
	}
}

// resetOrphan answers the peer of an orphan with a reset if another Endpoint has its address.
func (n *Net) resetOrphan(e *end) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if !n.poweredOff[e.link.route.From] && !n.closed {
		n.group.Go(e.answerWithReset)
	}
}

func (n *Net) inUse(a netip.Addr) bool {
	for p := range n.hosts {
		if p.addrs[a] {
			return true
		}
	}
	return false
}

// Pause suspends the host as SIGSTOP does: its reads, writes and accepts block, even beyond their
// deadlines. Others can still connect to it, and write until buffers are full. resume ends this pause;
// the host runs when all pauses have ended. Close of a connection and Kill also unblock its calls.
func (p *Endpoint) Pause() (resume func()) {
	p.pause.Lock()
	defer p.pause.Unlock()
	if p.pauses == 0 {
		gate := make(chan struct{})
		p.gate.Store(&gate)
	}
	p.pauses++
	return sync.OnceFunc(p.resume)
}

func (p *Endpoint) resume() {
	p.pause.Lock()
	defer p.pause.Unlock()
	p.pauses--
	if p.pauses == 0 {
		close(*p.gate.Swap(nil))
	}
}

// awaitResume waits until the host is not paused, or over is closed.
func (p *Endpoint) awaitResume(over <-chan struct{}) {
	for gate := p.gate.Load(); gate != nil; gate = p.gate.Load() {
		select {
		case <-*gate:
		case <-over:
			return
		}
	}
}

// useAddress records that the host uses an address. If the address had no power, it has it again.
func (p *Endpoint) useAddress(a netip.Addr) error {
	n := p.net
	n.mu.Lock()
	defer n.mu.Unlock()
	if p.dead {
		return net.ErrClosed
	}
	p.addrs[a] = true
	if !n.poweredOff[a] {
		return nil
	}
	for _, e := range n.setPower(a, false) {
		notify(e.wake)
	}
	for e := range n.ends {
		if e.host.unplugged && e.link.route.From == a {
			n.group.Go(e.answerWithReset)
		}
	}
	return nil
}
