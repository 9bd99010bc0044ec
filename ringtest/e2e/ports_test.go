package e2e

import (
	"math/rand/v2"
	"net/netip"
	"testing"

	"xlattice.org/zog/internal/config"
	"xlattice.org/zog/internal/test/daemons"
)

// freeRing returns a ring of n hosts on addresses and ports that nobody else
// uses: a block of loopback of its own, and in it two ports that were free on
// all its addresses.
func freeRing(t *testing.T, n int) *config.Ring {
	t.Helper()
	ring := config.Loopback(n)
	block := [4]byte{127, byte(64 + rand.IntN(128)), byte(rand.IntN(256)), 0}
	for i := range ring.Hosts {
		block[3] = byte(i + 1)
		ring.Hosts[i].Address = netip.AddrFrom4(block)
	}
	if err := daemons.FreePorts(ring); err != nil {
		t.Fatal(err)
	}
	return ring
}
