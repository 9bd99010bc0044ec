package memnet

import (
	"net"
	"net/netip"
	"sync"
)

// backlog is how many connections wait to be accepted; further dials wait.
const backlog = 128

type listener struct {
	network *Network
	at      netip.AddrPort
	backlog chan net.Conn
	once    sync.Once
	closed  chan struct{}
}

func (l *listener) Accept() (net.Conn, error) {
	select {
	case c := <-l.backlog:
		return c, nil
	case <-l.closed:
		return nil, net.ErrClosed
	}
}

func (l *listener) Close() error {
	l.once.Do(func() {
		l.network.mu.Lock()
		delete(l.network.listeners, l.at)
		l.network.mu.Unlock()
		close(l.closed)
		l.dropIfClosed()
	})
	return nil
}

// dropIfClosed closes what waits to be accepted and never will be. Close calls
// it, and so does a Dial that may have come too late for that.
func (l *listener) dropIfClosed() {
	select {
	case <-l.closed:
	default:
		return
	}
	for {
		select {
		case c := <-l.backlog:
			c.Close()
		default:
			return
		}
	}
}

func (l *listener) Addr() net.Addr { return net.TCPAddrFromAddrPort(l.at) }
