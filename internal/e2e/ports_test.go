package e2e

import (
	"math/rand/v2"
	"net"
	"net/netip"
	"testing"

	"xlattice.org/zog/internal/config"
)

// Ports are chosen below those from which the system takes the source ports of
// connections: links are dialled from the hosts' own addresses, and one of them
// could otherwise sit on the port of a host that is not running at the moment.
const (
	firstPort = 20000
	lastPort  = 32000
)

// freeRing returns a ring of n hosts on addresses and ports that nobody else
// uses: a block of loopback of its own, and in it two ports that were free on
// all its addresses.
func freeRing(t *testing.T, n int) *config.Ring {
	t.Helper()
	ring := config.Loopback(n)
	for range 100 {
		block := [4]byte{127, byte(64 + rand.IntN(128)), byte(rand.IntN(256)), 0}
		for i := range ring.Hosts {
			block[3] = byte(i + 1)
			ring.Hosts[i].Address = netip.AddrFrom4(block)
		}
		peer := uint16(firstPort + rand.IntN(lastPort-firstPort))
		ring.Ports = config.Ports{Peer: peer, Client: peer + 1}
		if allFree(ring) {
			return ring
		}
	}
	t.Fatal("no free ports on loopback")
	return nil
}

// allFree tells whether every host of the ring can listen.
func allFree(ring *config.Ring) bool {
	for _, h := range ring.Hosts {
		for _, port := range []uint16{ring.Ports.Peer, ring.Ports.Client} {
			l, err := net.Listen("tcp", netip.AddrPortFrom(h.Address, port).String())
			if err != nil {
				return false
			}
			l.Close()
		}
	}
	return true
}
