package main

import (
	"fmt"
	"net/netip"
	"strconv"
	"strings"

	"xlattice.org/zog/internal/config"
	"xlattice.org/zog/internal/record"
)

// target is a host that messages go to.
type target struct {
	Name    string `json:"name"`    // as it is shown
	Address string `json:"address"` // "address:port"
	origin  int    // how long the name may be under which it logs
}

// ringTargets returns all hosts of a ring.
func ringTargets(ring *config.Ring, port uint16) []target {
	targets := make([]target, len(ring.Hosts))
	for i := range ring.Hosts {
		targets[i] = ringTarget(&ring.Hosts[i], port)
	}
	return targets
}

// findTarget returns the host that text names: NAME, ADDR, or either with
// :PORT, which goes before the port given.
func findTarget(text string, ring *config.Ring, port uint16) (target, error) {
	name := text
	if i := strings.LastIndexByte(text, ':'); i >= 0 && hostNamed(ring, text[:i]) != nil {
		p, err := strconv.ParseUint(text[i+1:], 10, 16)
		if err != nil || p == 0 {
			return target{}, fmt.Errorf("%q is not a port", text[i+1:])
		}
		name, port = text[:i], uint16(p)
	}
	if h := hostNamed(ring, name); h != nil {
		return ringTarget(h, port), nil
	}
	return foreignTarget(text, ring, port)
}

// hostNamed returns the host of this name, in upper or lower case; nil if there
// is none. The names of a ring differ in more than case.
func hostNamed(ring *config.Ring, name string) *config.Host {
	for i := range ring.Hosts {
		if strings.EqualFold(ring.Hosts[i].Name, name) {
			return &ring.Hosts[i]
		}
	}
	return nil
}

func ringTarget(h *config.Host, port uint16) target {
	return target{h.Name, netip.AddrPortFrom(h.Address, port).String(), len(h.Name)}
}

// foreignTarget returns a host by its address. One that is not of the ring may
// log under any name.
func foreignTarget(text string, ring *config.Ring, port uint16) (target, error) {
	at, err := netip.ParseAddrPort(text)
	if err != nil {
		addr, err := netip.ParseAddr(text)
		if err != nil {
			return target{}, fmt.Errorf("%q is neither an address nor a host of the ring: %s", text, names(ring))
		}
		at = netip.AddrPortFrom(addr, port)
	}
	if at.Port() == 0 {
		return target{}, fmt.Errorf("%q has no port that can be dialled", text)
	}
	if i, ok := ring.ByAddress(at.Addr()); ok {
		return ringTarget(&ring.Hosts[i], at.Port()), nil
	}
	return target{text, at.String(), record.MaxName}, nil
}

// testTarget is where a ring on this machine takes clients: its first host does.
func testTarget(ring *config.Ring, port uint16) target {
	const local = "127.0.0.1"
	return target{local, netip.AddrPortFrom(netip.MustParseAddr(local), port).String(), longestName(ring)}
}

func longestName(ring *config.Ring) int {
	most := 0
	for _, h := range ring.Hosts {
		most = max(most, len(h.Name))
	}
	return most
}

func names(ring *config.Ring) string {
	list := make([]string, len(ring.Hosts))
	for i, h := range ring.Hosts {
		list[i] = h.Name
	}
	return strings.Join(list, ", ")
}
