package faultnet

import (
	"net"
	"net/netip"
	"sync"
)

// backlog is how many connections can wait to be accepted; further ones wait in the base.
const backlog = 128

// listener accepts connections from the base at once, also while its host is paused, as a kernel does.
type listener struct {
	net.Listener
	host   *Endpoint
	queue  chan *end
	errs   chan error
	once   sync.Once
	closed chan struct{}
}

// Listen opens a port at an address of the host.
func (p *Endpoint) Listen(at netip.AddrPort) (net.Listener, error) {
	if err := p.useAddress(at.Addr().Unmap()); err != nil {
		return nil, &net.OpError{Op: "listen", Net: "fault", Addr: net.TCPAddrFromAddrPort(at), Err: err}
	}
	base, err := p.net.base.Listen(at)
	if err != nil {
		return nil, err
	}
	l := &listener{
		Listener: base, host: p,
		queue: make(chan *end, backlog), errs: make(chan error), closed: make(chan struct{}),
	}
	if !p.open(l) {
		base.Close()
		return nil, net.ErrClosed
	}
	return l, nil
}

// open starts the listener. It returns false if the host was killed meanwhile.
func (p *Endpoint) open(l *listener) bool {
	p.net.mu.Lock()
	defer p.net.mu.Unlock()
	if p.dead {
		return false
	}
	p.listeners[l] = true
	p.net.group.Go(l.run)
	return true
}

// run accepts connections until the listener is closed, and then closes those that wait.
func (l *listener) run() {
	for {
		base, err := l.Listener.Accept()
		if err != nil && !l.pass(err) {
			break
		}
		if err == nil {
			l.offer(base)
		}
	}
	for {
		select {
		case e := <-l.queue:
			e.Close()
		default:
			return
		}
	}
}

// pass passes an error of the base to Accept. It returns false if the listener is closed.
func (l *listener) pass(err error) bool {
	select {
	case l.errs <- err:
		return true
	case <-l.closed:
		return false
	}
}

func (l *listener) offer(base net.Conn) {
	e := l.host.admit(base, false)
	if e == nil {
		return
	}
	select {
	case l.queue <- e:
	case <-l.closed:
		e.Close()
	}
}

// Accept blocks while the host is paused, and fails with net.ErrClosed after Close.
func (l *listener) Accept() (net.Conn, error) {
	for {
		l.host.awaitResume(l.closed)
		select {
		case <-l.closed:
			return nil, net.ErrClosed
		default:
		}
		select {
		case e := <-l.queue:
			l.host.awaitResume(e.over)
			return e, nil
		case err := <-l.errs:
			return nil, err
		case <-l.closed:
		}
	}
}

func (l *listener) Close() error {
	l.once.Do(func() {
		close(l.closed)
		l.host.net.mu.Lock()
		delete(l.host.listeners, l)
		l.host.net.mu.Unlock()
	})
	return l.Listener.Close()
}
