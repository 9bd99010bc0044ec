package supervisor

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"syscall"
	"time"

	"xlattice.org/zog/actors"
)

// addressEvery is how often it is tried to listen on an address that this machine
// does not have yet.
const addressEvery = 250 * time.Millisecond

// listening opens ports until one fails.
type listening struct {
	node    *actors.Node
	patient bool // with an address that is not there yet
	cancel  <-chan struct{}
	open    []net.Listener
	err     error
}

func (l *listening) on(addresses ...netip.AddrPort) []net.Listener {
	first := len(l.open)
	for _, at := range addresses {
		if l.err != nil {
			break
		}
		port, err := l.node.Listen(at)
		if l.patient && errors.Is(err, syscall.EADDRNOTAVAIL) {
			port, err = l.await(at)
		}
		if err != nil {
			if op := (*net.OpError)(nil); errors.As(err, &op) {
				err = op.Err // the rest of it is said here
			}
			l.err = fmt.Errorf("cannot listen on %s: %w", at, err)
			break
		}
		l.open = append(l.open, port)
	}
	return l.open[first:len(l.open):len(l.open)]
}

// await opens a port on an address as soon as this machine has it.
func (l *listening) await(at netip.AddrPort) (port net.Listener, err error) {
	log := l.node.Log.WithField("address", at.Addr())
	log.Warn("this machine does not have its address yet; messages are taken as soon as it has")
	tick := time.NewTicker(addressEvery)
	defer tick.Stop()
	for err = syscall.EADDRNOTAVAIL; errors.Is(err, syscall.EADDRNOTAVAIL); {
		select {
		case <-l.cancel:
			return nil, ErrCancelled
		case <-tick.C:
			port, err = l.node.Listen(at)
		}
	}
	if err == nil {
		log.Info("this machine has its address now")
	}
	return port, err
}

func (l *listening) close() error {
	var err error
	for _, port := range l.open {
		err = errors.Join(err, port.Close())
	}
	return err
}
