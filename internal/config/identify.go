package config

import (
	"fmt"
	"net/netip"
	"strings"
)

// Identify returns the index of the host that this machine is: the host with the given name if
// that is not empty; else the host named like the machine's hostname up to its first dot; else
// the only host whose address is among addrs. Names are compared without case. The error lists
// the names of the ring.
func (r *Ring) Identify(name, hostname string, addrs []netip.Addr) (int, error) {
	if name != "" {
		if i, ok := r.named(name); ok {
			return i, nil
		}
		return 0, fmt.Errorf("no host %q in ring %s: its hosts are %s", name, r.Ring, r.names())
	}
	label, _, _ := strings.Cut(hostname, ".")
	if i, ok := r.named(label); ok {
		return i, nil
	}
	mine := r.hostsAt(addrs)
	switch len(mine) {
	case 1:
		return mine[0], nil
	case 0:
		return 0, fmt.Errorf("neither the hostname %q nor an address of this machine is in ring %s: "+
			"say which host this is with --name, one of %s", hostname, r.Ring, r.names())
	}
	return 0, fmt.Errorf("this machine has the addresses of %d hosts of ring %s: "+
		"say which one this is with --name, one of %s", len(mine), r.Ring, r.names())
}

func (r *Ring) named(name string) (int, bool) {
	for i, h := range r.Hosts {
		if strings.EqualFold(h.Name, name) {
			return i, true
		}
	}
	return 0, false
}

// hostsAt returns the hosts whose address is among addrs.
func (r *Ring) hostsAt(addrs []netip.Addr) []int {
	own := map[netip.Addr]bool{}
	for _, a := range addrs {
		own[a.Unmap()] = true
	}
	var mine []int
	for i, h := range r.Hosts {
		if own[h.Address] {
			mine = append(mine, i)
		}
	}
	return mine
}

func (r *Ring) names() string {
	names := make([]string, len(r.Hosts))
	for i, h := range r.Hosts {
		names[i] = h.Name
	}
	return strings.Join(names, ", ")
}
