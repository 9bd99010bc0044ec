package memnet

import (
	"net"
	"net/netip"
	"sync"
)

// backlog is how many connections can wait to be accepted; further dials block.
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

// dropIfClosed closes the connections that wait to be accepted if the listener is closed. Close calls
// it, and so does a Dial that may have added one after that.
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
