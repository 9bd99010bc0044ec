package daemons

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"net/netip"

	"xlattice.org/zog/internal/config"
)

// Ports are chosen below those from which the system takes the source ports of
// connections: links are dialled from the hosts' own addresses, and one of them
// could otherwise sit on the port of a host that is not running at the moment.
const (
	firstPort = 20_000
	lastPort  = 32_000
)

// FreePorts gives a ring ports that are free on all of its addresses.
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

// Listenable returns an error that says where a host of a ring cannot listen,
// if there is such a place.
func Listenable(ring *config.Ring) error {
	for _, h := range ring.Hosts {
		for _, port := range []uint16{ring.Ports.Peer, ring.Ports.Client} {
			at := netip.AddrPortFrom(h.Address, port)
			l, err := net.Listen("tcp", at.String())
			if err != nil {
				return fmt.Errorf("%s cannot be had: is another ring running here? (%w)", at, errors.Unwrap(err))
			}
			l.Close() // it was only to be had
		}
	}
	return nil
}
