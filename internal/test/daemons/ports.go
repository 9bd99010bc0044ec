package daemons

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"net/netip"

	"xlattice.org/zog/internal/config"
)

// Ports are chosen below the range of ephemeral ports. Links are dialled from the hosts' own
// addresses, so the source port of one could otherwise be the port of a host that is down.
const (
	firstPort = 20_000
	lastPort  = 32_000
)

// FreePorts sets the ports of a ring to some that are free on all its addresses.
func FreePorts(ring *config.Ring) error {
	var err error
	for range 100 {
		peer := uint16(firstPort + rand.IntN(lastPort-firstPort))
		ring.Ports = config.Ports{Peer: peer, Client: peer + 1}
		if err = Listenable(ring); err == nil {
			return nil
		}
	}
	return fmt.Errorf("no free ports: %w", err)
}

// Listenable returns an error that names an address if a host of the ring cannot listen there.
func Listenable(ring *config.Ring) error {
	for _, h := range ring.Hosts {
		for _, port := range []uint16{ring.Ports.Peer, ring.Ports.Client} {
			at := netip.AddrPortFrom(h.Address, port)
			l, err := net.Listen("tcp", at.String())
			if err != nil {
				return fmt.Errorf("cannot listen on %s: is another ring running here? (%w)", at, errors.Unwrap(err))
			}
			l.Close()
		}
	}
	return nil
}
