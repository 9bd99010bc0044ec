package supervisor

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"syscall"
	"time"

	"github.com/sirupsen/logrus"
)

// addressEvery is the interval of attempts to listen on an address that this machine does
// not have yet.
const addressEvery = 250 * time.Millisecond

// ports opens ports until one fails.
type ports struct {
	listen       func(at netip.AddrPort) (net.Listener, error)
	log          logrus.FieldLogger
	awaitAddress bool // that this machine does not have yet
	cancel       <-chan struct{}
	opened       []net.Listener
	err          error
}

// open opens a port on each address. It does nothing if err is set.
func (p *ports) open(addresses ...netip.AddrPort) []net.Listener {
	first := len(p.opened)
	for _, at := range addresses {
		if p.err != nil {
			break
		}
		port, err := p.listen(at)
		if p.awaitAddress && errors.Is(err, syscall.EADDRNOTAVAIL) {
			port, err = p.waitForAddress(at)
		}
		if err != nil {
			if op := (*net.OpError)(nil); errors.As(err, &op) {
				err = op.Err // without the address, which is added here
			}
			p.err = fmt.Errorf("cannot listen on %s: %w", at, err)
			break
		}
		p.opened = append(p.opened, port)
	}
	return p.opened[first:len(p.opened):len(p.opened)]
}

// waitForAddress opens a port on an address as soon as this machine has the address.
func (p *ports) waitForAddress(at netip.AddrPort) (port net.Listener, err error) {
	log := p.log.WithField("address", at.Addr())
	log.Warn("this machine does not have its address yet; messages are taken as soon as it has")
	tick := time.NewTicker(addressEvery)
	defer tick.Stop()
	for err = syscall.EADDRNOTAVAIL; errors.Is(err, syscall.EADDRNOTAVAIL); {
		select {
		case <-p.cancel:
			return nil, ErrCancelled
		case <-tick.C:
			port, err = p.listen(at)
		}
	}
	if err == nil {
		log.Info("this machine has its address now")
	}
	return port, err
}

func (p *ports) close() error {
	var err error
	for _, port := range p.opened {
		err = errors.Join(err, port.Close())
	}
	return err
}
