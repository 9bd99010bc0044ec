package main

import (
	"net"
	"net/netip"
	"os"

	"xlattice.org/zog/internal/config"
)

// identify finds out which host of the ring this machine is.
func identify(ring *config.Ring, name string) (int, error) {
	// What cannot be found out identifies nobody; the error lists the names.
	hostname, _ := os.Hostname()
	interfaces, _ := net.InterfaceAddrs()
	var own []netip.Addr
	for _, a := range interfaces {
		if prefix, err := netip.ParsePrefix(a.String()); err == nil {
			own = append(own, prefix.Addr())
		}
	}
	return ring.Identify(name, hostname, own)
}
