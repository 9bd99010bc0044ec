package main

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// Rules that faults add, by their place in the order of rules.
const (
	prefBlock = "10" // drop what comes from an address
	prefSever = "20" // refuse to send to an address
)

// block drops all packets of a way where they arrive, until unblock was called
// as often: neither end is told.
func (n *network) block(w way) error {
	n.blocked[w]++
	if n.blocked[w] > 1 {
		return nil
	}
	return n.rule("add", w.to, prefBlock, "from", w.from, "blackhole")
}

func (n *network) unblock(w way) error {
	n.blocked[w]--
	if n.blocked[w] > 0 {
		return nil
	}
	return n.rule("del", w.to, prefBlock, "from", w.from, "blackhole")
}

// sever resets the connections between two places, and lets dials fail, until
// mend was called as often. It resets again once nobody can dial: until then
// somebody may have done so.
func (n *network) sever(a, b place) error {
	err := n.resetAll(a, b)
	for _, w := range []way{{a, b}, {b, a}} {
		n.severed[w]++
		if n.severed[w] == 1 {
			err = errors.Join(err, n.rule("add", w.from, prefSever, "to", w.to, "unreachable"))
		}
	}
	return errors.Join(err, n.resetAll(a, b))
}

func (n *network) mend(a, b place) error {
	var err error
	for _, w := range []way{{a, b}, {b, a}} {
		n.severed[w]--
		if n.severed[w] == 0 {
			err = errors.Join(err, n.rule("del", w.from, prefSever, "to", w.to, "unreachable"))
		}
	}
	return err
}

func (n *network) rule(do string, in place, pref, direction string, other place, what string) error {
	return ip("-n", in.namespace, "rule", do, "pref", pref, direction, other.address.String()+"/32", what)
}

func (n *network) resetAll(a, b place) error {
	_, atA := reset(way{a, b}, "")
	_, atB := reset(way{b, a}, "")
	return errors.Join(atA, atB)
}

// reset resets the connections of a place with another, and returns how many.
// If a port is given, only those that were dialled to it.
func reset(w way, port string) (int, error) {
	args := []string{"netns", "exec", w.from.namespace, "ss", "-tnHK", "state", "established",
		"src", w.from.address.String(), "dst", w.to.address.String()}
	if port != "" {
		args = append(args, "dport", "=", port)
	}
	out, err := output("ip", args...)
	return strings.Count(out, "\n"), err
}

// slow lets so many bytes a second go a way, until quicken is called. There is
// one such fault at a time for a way.
func (n *network) slow(w way, rate int) error {
	if _, there := n.throttle[w]; there {
		return fmt.Errorf("from %v to %v is slow already", w.from.address, w.to.address)
	}
	n.classes++
	class := strconv.FormatInt(int64(n.classes), 16) // tc reads them so
	// A burst lets a whole packet through, however slow the link is.
	err := tc(w.from, "class", "add", "dev", "eth0", "parent", "1:", "classid", "1:"+class, "htb",
		"rate", strconv.Itoa(8*rate)+"bit", "burst", "2000", "quantum", "1600")
	if err != nil {
		return err
	}
	n.throttle[w] = class
	return tc(w.from, "filter", "add", "dev", "eth0", "parent", "1:", "protocol", "ip", "prio", strconv.Itoa(n.classes),
		"u32", "match", "ip", "dst", w.to.address.String()+"/32", "flowid", "1:"+class)
}

func (n *network) quicken(w way) error {
	class := n.throttle[w]
	delete(n.throttle, w)
	number, err := strconv.ParseInt(class, 16, 32)
	if err != nil {
		return err
	}
	return errors.Join(
		tc(w.from, "filter", "del", "dev", "eth0", "parent", "1:", "prio", strconv.FormatInt(number, 10)),
		tc(w.from, "class", "del", "dev", "eth0", "classid", "1:"+class))
}

// prepareSlow makes it possible to slow ways down.
func (n *network) prepareSlow() error {
	for _, p := range n.hosts {
		if err := tc(p, "qdisc", "add", "dev", "eth0", "root", "handle", "1:", "htb"); err != nil {
			return err
		}
	}
	// The first and the last host try it once: it takes parts of the kernel.
	w := way{n.hosts[0], n.hosts[len(n.hosts)-1]}
	if err := n.slow(w, 1_000_000); err != nil {
		return err
	}
	return n.quicken(w)
}

func tc(in place, args ...string) error {
	_, err := output("tc", append([]string{"-n", in.namespace}, args...)...)
	return err
}
