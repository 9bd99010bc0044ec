// Package netns makes a network for real processes on one machine: a network
// namespace for each host of a ring and one for clients, joined by a bridge in
// one more namespace.
//
//	n, err := netns.Plan(ring)
//	defer n.Remove()
//	err = n.Make()
//	exec.Command(...)        // of n.Hosts[0].Inside("zog", "run", ...)
//	err = n.Unplug(n.Hosts[0])
//
// Each namespace has routes to the others only, and the addresses of the ring file exist only there.
// It needs root and ip (of iproute2); [Possible] and the errors of Make say what is missing.
package netns

import (
	"errors"
	"fmt"
	"net/netip"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync/atomic"

	"xlattice.org/zog/internal/config"
)

// Place is a network namespace with one address.
type Place struct {
	Namespace string
	Address   netip.Addr
}

// Way is the direction from one place to another.
type Way struct{ From, To Place }

// To returns the way from a place to another.
func (p Place) To(other Place) Way { return Way{p, other} }

// Network is the places of a ring on one bridge. It is for one goroutine.
type Network struct {
	Hosts   []Place // in ring order
	Clients Place   // with an address that no host has

	bridge  string      // the namespace of the bridge
	made    []string    // namespaces that Remove removes
	blocked map[Way]int // number of calls of Block
}

// ErrSkipped says that this machine, or this user, cannot make namespaces.
var ErrSkipped = errors.New("not possible here")

// Possible returns an ErrSkipped with the reason if no namespaces can be made.
func Possible() error {
	if os.Geteuid() != 0 {
		return fmt.Errorf("%w: making network namespaces needs root", ErrSkipped)
	}
	if _, err := exec.LookPath("ip"); err != nil {
		return fmt.Errorf("%w: there is no ip (of iproute2)", ErrSkipped)
	}
	return nil
}

// planned counts the networks of this process.
var planned atomic.Int64

// Plan returns the network for a ring. It does not exist until Make. An error is one of the ring file.
func Plan(ring *config.Ring) (*Network, error) {
	// No other process, and no other network of this one, has the same names.
	prefix := fmt.Sprintf("zog%d.%d", os.Getpid(), planned.Add(1))
	n := &Network{bridge: prefix + ".bridge", blocked: map[Way]int{}}
	for _, h := range ring.Hosts {
		if a := h.Address; !a.Is4() || a.IsLoopback() {
			return nil, fmt.Errorf("%s: %v: namespaces are made for IPv4 addresses that are not on loopback", h.Name, a)
		}
		n.Hosts = append(n.Hosts, Place{prefix + "-" + h.Name, h.Address})
	}
	free := ring.Hosts[0].Address.Next()
	for taken := true; taken; {
		if _, taken = ring.ByAddress(free); taken {
			free = free.Next()
		}
	}
	n.Clients = Place{prefix + ".clients", free}
	return n, nil
}

// Make makes the network. After an error, Remove removes what was made.
func (n *Network) Make() error {
	if err := n.namespace(n.bridge); err != nil {
		return fmt.Errorf("%w: %w", ErrSkipped, err)
	}
	err := ip("-n", n.bridge, "link", "add", "br0", "type", "bridge")
	if err == nil {
		err = ip("-n", n.bridge, "link", "set", "br0", "up")
	}
	for i, p := range n.places() {
		if err == nil {
			err = n.join(p, port(i))
		}
	}
	return err
}

func (n *Network) places() []Place { return append(n.Hosts[:len(n.Hosts):len(n.Hosts)], n.Clients) }

// port returns the name of the port of the bridge for place i.
func port(i int) string { return "port" + strconv.Itoa(i) }

func (n *Network) namespace(name string) error {
	if err := ip("netns", "add", name); err != nil {
		return err
	}
	n.made = append(n.made, name)
	return nil
}

// join makes a place and plugs it into a port of the bridge. It has a route to each other place, and
// no other. The local routing table comes after the rules of Rule, so that these apply to packets that
// arrive.
func (n *Network) join(p Place, port string) error {
	if err := n.namespace(p.Namespace); err != nil {
		return err
	}
	in := []string{"-n", p.Namespace}
	steps := [][]string{
		{"link", "add", "eth0", "netns", p.Namespace, "type", "veth", "peer", "name", port, "netns", n.bridge},
		{"-n", n.bridge, "link", "set", port, "master", "br0", "up"},
		append(in, "link", "set", "lo", "up"),
		append(in, "address", "add", p.Address.String()+"/32", "dev", "eth0"),
		append(in, "link", "set", "eth0", "up"),
		append(in, "rule", "add", "pref", "100", "lookup", "local"),
		append(in, "rule", "del", "pref", "0"),
	}
	for _, other := range n.places() {
		if other != p {
			steps = append(steps, append(in, "route", "add", other.Address.String()+"/32", "dev", "eth0"))
		}
	}
	for _, args := range steps {
		if err := ip(args...); err != nil {
			return err
		}
	}
	return nil
}

// Remove removes all namespaces and what is in them. All processes in them must have ended.
func (n *Network) Remove() error {
	var err error
	for _, name := range n.made {
		err = errors.Join(err, ip("netns", "del", name))
	}
	n.made = nil
	return err
}

// Inside returns the command line that runs a program in a place. The process that is started becomes
// the program, with the same process id.
func (p Place) Inside(args ...string) []string {
	return append([]string{"ip", "netns", "exec", p.Namespace}, args...)
}

// ip runs ip with arguments that name the namespace.
func ip(args ...string) error {
	_, err := Output("ip", args...)
	return err
}

// Output runs a command and returns its output. An error includes the output.
func Output(name string, args ...string) (string, error) {
	out, err := exec.Command(name, args...).CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("%s %s: %w: %s", name, strings.Join(args, " "), err, strings.TrimSpace(string(out)))
	}
	return string(out), nil
}
