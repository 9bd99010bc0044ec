package faultnet

import (
	"context"
	"net"
	"net/netip"
	"syscall"
)

// Dial connects an address of the host to a port. While the route drops packets or the other host has
// no power it waits, until ctx ends or the dial times out.
func (p *Endpoint) Dial(ctx context.Context, from netip.Addr, to netip.AddrPort) (net.Conn, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	defer context.AfterFunc(p.life, cancel)()
	base, err := p.connect(ctx, from.Unmap(), to)
	if p.life.Err() != nil {
		return nil, p.tooLate(base)
	}
	if err != nil {
		return nil, &net.OpError{Op: "dial", Net: "fault", Addr: net.TCPAddrFromAddrPort(to), Err: err}
	}
	if e := p.admit(base, true); e != nil {
		return e, nil
	}
	return nil, net.ErrClosed
}

// tooLate handles a dial that ends after its host was killed.
func (p *Endpoint) tooLate(base net.Conn) error {
	if base != nil {
		p.admit(base, true)
	}
	return net.ErrClosed
}

func (p *Endpoint) connect(ctx context.Context, from netip.Addr, to netip.AddrPort) (net.Conn, error) {
	p.awaitResume(ctx.Done())
	if err := p.useAddress(from); err != nil {
		return nil, err
	}
	r := Route{from, to.Addr().Unmap()}
	if err := p.net.awaitPassable(ctx, r); err != nil {
		return nil, err
	}
	if err := p.net.handshake(ctx, r); err != nil {
		return nil, err
	}
	conn, err := p.net.base.Dial(ctx, from, to)
	return conn, cause(err)
}

// dialState says whether a dial gets no answer now, and returns a channel that is closed at a change.
func (n *Net) dialState(r Route) (silent bool, changed <-chan struct{}, err error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	there, back := n.condition(r), n.condition(r.back())
	if there.Refuse || back.Refuse {
		return false, nil, syscall.ECONNREFUSED
	}
	return there.Drop || back.Drop || n.poweredOff[r.To], n.changed, nil
}

// handshake waits for the latency of both directions.
func (n *Net) handshake(ctx context.Context, r Route) error {
	took := n.Condition(r).Latency + n.Condition(r.back()).Latency
	if took == 0 {
		return nil
	}
	if err := sleep(ctx, took, nil); err != nil {
		return err
	}
	return n.awaitPassable(ctx, r)
}

// admit makes an end from a connection of the base. If the host was killed meanwhile, or the link now
// refuses connections, the end is closed at once. After Close it returns nil.
func (p *Endpoint) admit(base net.Conn, dialled bool) *end {
	e := p.net.add(p, base, dialled)
	if e == nil {
		return nil
	}
	if p.life.Err() != nil {
		p.finish(e)
	}
	if _, _, err := p.net.dialState(e.link.route); err != nil {
		e.reset(syscall.ECONNRESET)
	}
	return e
}
