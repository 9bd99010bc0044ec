package main

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"xlattice.org/zog/internal/test/netns"
)

// severPref is the priority of the routing rules of sever.
const severPref = 20

// sever resets the connections between two places, and makes dials fail, until unsever was called as
// often. It resets twice, because a connection may be dialled before the rules are in force.
func (n *network) sever(a, b place) error {
	err := n.resetAll(a, b)
	for _, w := range []way{a.To(b), b.To(a)} {
		n.severed[w]++
		if n.severed[w] == 1 {
			err = errors.Join(err, w.From.Rule("add", severPref, "to", w.To, "unreachable"))
		}
	}
	return errors.Join(err, n.resetAll(a, b))
}

func (n *network) unsever(a, b place) error {
	var err error
	for _, w := range []way{a.To(b), b.To(a)} {
		n.severed[w]--
		if n.severed[w] == 0 {
			err = errors.Join(err, w.From.Rule("del", severPref, "to", w.To, "unreachable"))
		}
	}
	return err
}

func (n *network) resetAll(a, b place) error {
	_, atA := reset(a.To(b), "")
	_, atB := reset(b.To(a), "")
	return errors.Join(atA, atB)
}

// reset resets the connections of a place to another, and returns their number. With a port it resets
// only those that were dialled to it.
func reset(w way, port string) (int, error) {
	args := []string{"netns", "exec", w.From.Namespace, "ss", "-tnHK", "state", "established",
		"src", w.From.Address.String(), "dst", w.To.Address.String()}
	if port != "" {
		args = append(args, "dport", "=", port)
	}
	out, err := netns.Output("ip", args...)
	return strings.Count(out, "\n"), err
}

// slow limits a way to so many bytes per second, until unslow. There can be one such fault at a time.
func (n *network) slow(w way, rate int) error {
	if _, there := n.throttle[w]; there {
		return fmt.Errorf("from %v to %v is slow already", w.From.Address, w.To.Address)
	}
	n.classes++
	class := strconv.FormatInt(int64(n.classes), 16) // tc reads class ids as hexadecimal
	// The burst has room for a whole packet, however low the rate is.
	err := tc(w.From, "class", "add", "dev", "eth0", "parent", "1:", "classid", "1:"+class, "htb",
		"rate", strconv.Itoa(8*rate)+"bit", "burst", "2000", "quantum", "1600")
	if err != nil {
		return err
	}
	n.throttle[w] = class
	return tc(w.From, "filter", "add", "dev", "eth0", "parent", "1:", "protocol", "ip", "prio", strconv.Itoa(n.classes),
		"u32", "match", "ip", "dst", w.To.Address.String()+"/32", "flowid", "1:"+class)
}

func (n *network) unslow(w way) error {
	class := n.throttle[w]
	delete(n.throttle, w)
	number, err := strconv.ParseInt(class, 16, 32)
	if err != nil {
		return err
	}
	return errors.Join(
		tc(w.From, "filter", "del", "dev", "eth0", "parent", "1:", "prio", strconv.FormatInt(number, 10)),
		tc(w.From, "class", "del", "dev", "eth0", "classid", "1:"+class))
}

// prepareSlow prepares all hosts for slow. It fails where the kernel lacks what tc needs.
func (n *network) prepareSlow() error {
	for _, p := range n.Hosts {
		if err := tc(p, "qdisc", "add", "dev", "eth0", "root", "handle", "1:", "htb"); err != nil {
			return err
		}
	}
	// Try it once between the first and the last host.
	w := n.Hosts[0].To(n.Hosts[len(n.Hosts)-1])
	if err := n.slow(w, 1_000_000); err != nil {
		return err
	}
	return n.unslow(w)
}

func tc(in place, args ...string) error {
	_, err := netns.Output("tc", append([]string{"-n", in.Namespace}, args...)...)
	return err
}
