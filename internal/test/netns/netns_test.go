package netns_test

import (
	"fmt"
	"net/netip"
	"os"
	"os/exec"
	"strings"
	"testing"

	"xlattice.org/zog/internal/config"
	"xlattice.org/zog/internal/test/netns"
	"xlattice.org/zog/internal/test/netns/netnstest"
)

func TestMain(m *testing.M) { os.Exit(netnstest.Main(m)) }

// networkOfTwo makes a network for the first two hosts of the example.
func networkOfTwo(t *testing.T) *netns.Network {
	t.Helper()
	n, err := netns.Plan(netnstest.TwoHosts(t, "../../../deploy/house.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	netnstest.Made(t, n)
	return n
}

// The places have the addresses of the ring file, and the clients one of their own.
func TestPlan(t *testing.T) {
	ring := config.Loopback(3)
	if _, err := netns.Plan(ring); err == nil {
		t.Error("loopback is no network")
	}
	for i := range ring.Hosts { // documentation addresses; nothing is sent to them
		ring.Hosts[i].Address = netip.AddrFrom4([4]byte{192, 0, 2, byte(i + 1)})
	}
	seen := map[string]bool{}
	for range 2 { // two networks of one process are two
		n, err := netns.Plan(ring)
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range append(n.Hosts, n.Clients) {
			if seen[p.Namespace] || !strings.Contains(p.Namespace, fmt.Sprint(os.Getpid())) {
				t.Errorf("%v", p)
			}
			seen[p.Namespace] = true
		}
		if len(n.Hosts) != 3 || n.Hosts[1].Address != ring.Hosts[1].Address || n.Clients.Address != netip.AddrFrom4([4]byte{192, 0, 2, 4}) {
			t.Errorf("%v, %v", n.Hosts, n.Clients)
		}
	}
	ring.Hosts[1].Address = netip.IPv6LinkLocalAllNodes()
	if _, err := netns.Plan(ring); err == nil {
		t.Error("IPv6 addresses are let pass")
	}
}

// Whoever is unplugged reaches nobody and is reached by nobody until it is
// plugged in again, and nobody is told.
func TestAPlaceIsUnplugged(t *testing.T) {
	n := networkOfTwo(t)
	a, b := n.Hosts[0], n.Hosts[1]
	atA, atB := netip.AddrPortFrom(a.Address, 7777).String(), netip.AddrPortFrom(b.Address, 7777).String()
	netnstest.Listen(t, a, atA)
	netnstest.Listen(t, b, atB)
	try := func(when string, from netns.Place, to, want string) {
		t.Helper()
		if _, got := netnstest.Dial(t, from, to); got != want {
			t.Errorf("%s: %s, want %s", when, got, want)
		}
	}
	held, _ := netnstest.Dial(t, a, atB)
	if err := n.Unplug(b); err != nil {
		t.Fatal(err)
	}
	try("to it", a, atB, "silence")
	try("from it", b, atA, "silence")
	try("from the clients, who are not", n.Clients, atA, "connected")
	try("from itself to itself", b, atB, "connected")
	if len(held.Lines()) != 1 {
		t.Errorf("a connection was told: %q", held.Lines())
	}
	if err := n.Plug(b); err != nil {
		t.Fatal(err)
	}
	try("plugged in again", a, atB, "connected")
	try("plugged in again", b, atA, "connected")
}

// What is blocked one way is silent, until all who blocked it have unblocked it.
func TestAWayIsBlocked(t *testing.T) {
	n := networkOfTwo(t)
	a, b := n.Hosts[0], n.Hosts[1]
	there, back := a.To(b), b.To(a)
	at := netip.AddrPortFrom(b.Address, 7777).String()
	netnstest.Listen(t, b, at)
	does := func(when, want string, do ...error) {
		t.Helper()
		for _, err := range do {
			if err != nil {
				t.Fatal(err)
			}
		}
		if _, got := netnstest.Dial(t, a, at); got != want {
			t.Errorf("%s: %s, want %s", when, got, want)
		}
	}
	does("at first", "connected")
	does("there is nothing there", "silence", n.Block(there))
	does("one of two faults is over", "silence", n.Block(there), n.Unblock(there))
	does("nothing comes back", "silence", n.Unblock(there), n.Block(back))
	does("only clients are held off", "connected", n.Block(n.Clients.To(b)), n.Unblock(back))
	out, from := n.Around(b)
	if len(out) != 2 || out[0] != back || from[0] != there {
		t.Errorf("around it are %v, %v", out, from)
	}
}

// Nothing in the namespaces has a way out of them.
func TestNoWayOut(t *testing.T) {
	n := networkOfTwo(t)
	for _, p := range append(n.Hosts, n.Clients) {
		out, err := netns.Output("ip", "-n", p.Namespace, "-o", "route", "show", "table", "all")
		if err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(out) {
			if strings.HasPrefix(line, "default") || strings.Contains(line, " via ") {
				t.Errorf("%s: %s", p.Namespace, line)
			}
		}
	}
	if out, err := exec.Command("ip", "-n", n.Clients.Namespace, "route", "get", "192.0.2.1").CombinedOutput(); err == nil {
		t.Errorf("clients can send elsewhere: %s", out)
	}
}
