package main

import (
	"errors"
	"fmt"
	"net/netip"
	"os"
	"os/exec"
	"strconv"
	"strings"

	"xlattice.org/zog/internal/config"
)

// place is a network namespace with one address.
type place struct {
	namespace string
	address   netip.Addr
}

// network is the namespaces, a place for each host and one for the clients, all
// on one bridge. It is for one goroutine.
type network struct {
	prefix   string  // of the names of the namespaces; no other process has the same
	hosts    []place // in ring order
	clients  place
	made     []string       // namespaces, to be taken away
	blocked  map[way]int    // by how many faults
	severed  map[way]int    // by how many faults; both ways are in it
	throttle map[way]string // the number of the class that slows a way down
	classes  int            // that were made so far
}

// way is from one place to another.
type way struct{ from, to place }

// plan returns the network for a ring, of which nothing is there yet. An error
// is one of the ring file.
func plan(ring *config.Ring) (*network, error) {
	n := &network{
		prefix:  fmt.Sprintf("zog%d", os.Getpid()),
		blocked: map[way]int{}, severed: map[way]int{}, throttle: map[way]string{},
	}
	for _, h := range ring.Hosts {
		if a := h.Address; !a.Is4() || a.IsLoopback() {
			return nil, fmt.Errorf("%s: %v: namespaces are made for IPv4 addresses that are not on loopback", h.Name, a)
		}
		n.hosts = append(n.hosts, place{n.prefix + "-" + h.Name, h.Address})
	}
	free := ring.Hosts[0].Address.Next()
	for taken := true; taken; {
		if _, taken = ring.ByAddress(free); taken {
			free = free.Next()
		}
	}
	n.clients = place{n.prefix + ".clients", free}
	return n, nil
}

// make makes it. What was made until an error is taken away by remove.
func (n *network) make() error {
	bridge := n.prefix + ".bridge"
	if err := n.namespace(bridge); err != nil {
		return fmt.Errorf("%w: %w", errSkipped, err)
	}
	err := ip("-n", bridge, "link", "add", "br0", "type", "bridge")
	if err == nil {
		err = ip("-n", bridge, "link", "set", "br0", "up")
	}
	for i, p := range n.places() {
		if err == nil {
			err = n.join(p, bridge, "port"+strconv.Itoa(i))
		}
	}
	return err
}

func (n *network) places() []place { return append(n.hosts[:len(n.hosts):len(n.hosts)], n.clients) }

func (n *network) namespace(name string) error {
	if err := ip("netns", "add", name); err != nil {
		return err
	}
	n.made = append(n.made, name)
	return nil
}

// join makes a place and plugs it into a port of the bridge. It has a route to
// each other place, and no other. The table of its own addresses is asked after
// the rules that faults add, so that these apply to what arrives.
func (n *network) join(p place, bridge, port string) error {
	if err := n.namespace(p.namespace); err != nil {
		return err
	}
	in := []string{"-n", p.namespace}
	steps := [][]string{
		{"link", "add", "eth0", "netns", p.namespace, "type", "veth", "peer", "name", port, "netns", bridge},
		{"-n", bridge, "link", "set", port, "master", "br0", "up"},
		append(in, "link", "set", "lo", "up"),
		append(in, "address", "add", p.address.String()+"/32", "dev", "eth0"),
		append(in, "link", "set", "eth0", "up"),
		append(in, "rule", "add", "pref", "100", "lookup", "local"),
		append(in, "rule", "del", "pref", "0"),
	}
	for _, other := range n.places() {
		if other != p {
			steps = append(steps, append(in, "route", "add", other.address.String()+"/32", "dev", "eth0"))
		}
	}
	for _, args := range steps {
		if err := ip(args...); err != nil {
			return err
		}
	}
	return nil
}

// remove takes all namespaces away, and what is in them. All processes in them
// must have ended.
func (n *network) remove() error {
	var err error
	for _, name := range n.made {
		err = errors.Join(err, ip("netns", "del", name))
	}
	n.made = nil
	return err
}

// inside returns the command line of a program in a place. The process is that
// of the program in the end: ip becomes it.
func (p place) inside(args ...string) []string {
	return append([]string{"ip", "netns", "exec", p.namespace}, args...)
}

// ip runs ip, which names every namespace that it is for.
func ip(args ...string) error {
	_, err := output("ip", args...)
	return err
}

// output returns what a command writes.
func output(name string, args ...string) (string, error) {
	out, err := exec.Command(name, args...).CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("%s %s: %w: %s", name, strings.Join(args, " "), err, strings.TrimSpace(string(out)))
	}
	return string(out), nil
}
