package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strings"
	"time"

	"xlattice.org/zog/internal/cli"
	"xlattice.org/zog/internal/config"
	"xlattice.org/zog/internal/record"
)

// target is a host that messages go to.
type target struct {
	Name    string `json:"name"`    // as shown to the user
	Address string `json:"address"` // "address:port"
	origin  int    // length of the longest origin name in its log lines
}

// ringTargets returns all hosts of a ring.
func ringTargets(ring *config.Ring, port uint16) []target {
	targets := make([]target, len(ring.Hosts))
	for i := range ring.Hosts {
		targets[i] = ringTarget(&ring.Hosts[i], port)
	}
	return targets
}

// lookup returns the addresses of a host name.
type lookup func(name string) ([]netip.Addr, error)

// findTarget returns the host that text names: a name of the ring, a name that can be
// looked up, or an address. A port in text has priority over port. The error says what is
// allowed, of the flag of that name.
func findTarget(flag, text string, ring *config.Ring, port uint16, find lookup) (target, error) {
	host, portText, ok := cutPort(text)
	if !ok {
		return target{}, unknownTarget(flag, text, ring, errors.New("is no name or address"))
	}
	if portText != "" {
		var p cli.Port
		if err := p.Set(portText[1:]); err != nil {
			return target{}, fmt.Errorf("--%s: %q: %w, after the last colon", flag, text, err)
		}
		port = uint16(p)
	}
	if h := hostNamed(ring, host); h != nil {
		return ringTarget(h, port), nil
	}
	addr, err := address(host, ring, find)
	if err != nil {
		return target{}, unknownTarget(flag, text, ring, err)
	}
	if i, ok := ring.ByAddress(addr); ok {
		return ringTarget(&ring.Hosts[i], port), nil
	}
	// A host outside the ring may log under any name.
	return target{text, netip.AddrPortFrom(addr, port).String(), record.MaxName}, nil
}

// unknownTarget returns the error for a text that names no host.
func unknownTarget(flag, text string, ring *config.Ring, why error) error {
	return fmt.Errorf("--%s: %q %w: give a host of the ring (%s), a name that this machine can look up, "+
		"or an IP address, and :PORT behind it if it has another", flag, text, why, names(ring))
}

// cutPort splits text into a name or address, and :PORT with its colon. An IPv6 address may
// be in brackets, and must be if a port follows.
func cutPort(text string) (host, port string, ok bool) {
	if _, err := netip.ParseAddr(text); err == nil {
		return text, "", true
	}
	if inside, bracket := strings.CutPrefix(text, "["); bracket {
		host, port, closed := strings.Cut(inside, "]")
		addr, err := netip.ParseAddr(host)
		return host, port, closed && err == nil && addr.Is6() && (port == "" || port[0] == ':')
	}
	if colon := strings.IndexByte(text, ':'); colon >= 0 {
		return text[:colon], text[colon:], colon > 0
	}
	return text, "", true
}

// address returns the address of a host that is not a name of the ring.
func address(host string, ring *config.Ring, find lookup) (netip.Addr, error) {
	addr, err := netip.ParseAddr(host)
	if err != nil {
		if !isHostname(host) {
			return addr, errors.New("is no name or address")
		}
		found, err := find(host)
		if err != nil || len(found) == 0 {
			return addr, errors.New("cannot be looked up")
		}
		addr = best(found, ring)
	}
	broadcast := netip.AddrFrom4([4]byte{255, 255, 255, 255})
	if addr.IsUnspecified() || addr.IsMulticast() || addr == broadcast {
		return addr, errors.New("is not the address of one host")
	}
	return addr.Unmap(), nil
}

// isHostname reports whether a name can be looked up. A name of digits and dots is a
// mistyped address.
func isHostname(name string) bool {
	other := func(c rune) bool { return c != '.' && (c < '0' || c > '9') }
	strange := func(c rune) bool {
		return c != '-' && c != '_' && c != '.' && (c < '0' || c > '9') && (c|0x20 < 'a' || c|0x20 > 'z')
	}
	return strings.ContainsFunc(name, other) && !strings.ContainsFunc(name, strange)
}

// best chooses an address: one of a host of the ring, else an IPv4 address, else the first.
// An IPv4 address is right for localhost, where zog dev serves clients.
func best(found []netip.Addr, ring *config.Ring) netip.Addr {
	ofRing := func(a netip.Addr) bool { _, ok := ring.ByAddress(a); return ok }
	v4 := func(a netip.Addr) bool { return a.Unmap().Is4() }
	for _, wanted := range []func(netip.Addr) bool{ofRing, v4} {
		if i := slices.IndexFunc(found, wanted); i >= 0 {
			return found[i]
		}
	}
	return found[0]
}

// resolve looks up a name with the resolver of this machine.
func resolve(name string) ([]netip.Addr, error) {
	ctx, cancel := context.WithTimeout(context.Background(), resolveTimeout)
	defer cancel()
	return net.DefaultResolver.LookupNetIP(ctx, "ip", name)
}

// resolveTimeout limits a look-up.
const resolveTimeout = 5 * time.Second

// hostNamed returns the host with a name, without regard to case, or nil.
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

// testTarget returns where the first host of a ring on this machine serves clients.
func testTarget(ring *config.Ring, port uint16) target {
	const local = "127.0.0.1"
	return target{local, netip.AddrPortFrom(netip.MustParseAddr(local), port).String(), longestName(ring)}
}

// isLocal reports whether a host has a loopback address that is not in the ring. There only
// zog dev serves clients.
func isLocal(t target, ring *config.Ring) bool {
	at, _ := netip.ParseAddrPort(t.Address)
	_, ofRing := ring.ByAddress(at.Addr())
	return !t.away() && !ofRing
}

// away reports whether a host has no loopback address.
func (t target) away() bool {
	at, err := netip.ParseAddrPort(t.Address)
	return err != nil || !at.Addr().IsLoopback()
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

// hostNames returns which host the ring file names at the address of each target, if any.
func hostNames(targets []target, ring *config.Ring) map[string]string {
	hosts := make(map[string]string)
	for _, t := range targets {
		at, err := netip.ParseAddrPort(t.Address)
		if i, ok := ring.ByAddress(at.Addr()); err == nil && ok {
			hosts[t.Address] = ring.Hosts[i].Name
		}
	}
	return hosts
}
