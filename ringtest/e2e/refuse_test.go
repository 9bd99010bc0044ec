package e2e

import (
	"fmt"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// What a daemon cannot start with is one line that names it, and exit code 2.
func TestCannotStart(t *testing.T) {
	r := newRing(t)
	r.start(0)
	dir := r.LogDir(r.Hosts[0].Name)

	r.requireRefusal("a second daemon on one log directory", dir, "in use by another process")

	r.Log.Dir = filepath.Join(t.TempDir(), "{name}")
	r.write()
	r.requireRefusal("the peer port is in use",
		netip.AddrPortFrom(r.Hosts[0].Address, r.Ports.Peer).String(), "address already in use")

	r.Ports.Peer = freeRing(t, 5).Ports.Peer
	r.write()
	r.requireRefusal("the client port is in use",
		netip.AddrPortFrom(r.Hosts[0].Address, r.Ports.Client).String(), "address already in use")

	r.Log.Dir = filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(r.Log.Dir, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	r.write()
	r.requireRefusal("a file in the place of the log directory", r.Log.Dir, "not a directory")
}

// requireRefusal requires that a daemon for host 0 does not start, and says so
// in one line with these words.
func (r *ring) requireRefusal(name string, words ...string) {
	r.t.Helper()
	p := spawn(r.t, nil, "zog", "run", "--config", r.file, "--name", r.Hosts[0].Name)
	if code := p.exit(r.t, stopWithin); code != 2 {
		r.t.Errorf("%s: exit code %d", name, code)
	}
	said := p.stderr.String()
	for _, w := range words {
		if !strings.Contains(said, w) {
			r.t.Errorf("%s: %q is not in %q", name, w, said)
		}
	}
	if strings.Count(said, "\n") != 1 {
		r.t.Errorf("%s: not one line: %q", name, said)
	}
}

// --port moves the port for clients, and nothing else.
func TestClientPort(t *testing.T) {
	r := newRing(t)
	r.start(0, "--port", fmt.Sprint(r.Ports.Client+1))
	usual := netip.AddrPortFrom(r.Hosts[0].Address, r.Ports.Client).String()
	if conn, err := net.Dial("tcp", usual); err == nil {
		conn.Close()
		t.Errorf("clients are served on %s", usual)
	}
	r.start(1)
	await(t, "they are linked", func() bool { return r.hosts[0].says("peer is up") == 1 && r.hosts[1].says("peer is up") == 1 })
	if strings.Contains(r.hosts[1].stderr.String(), "its ring file differs") {
		t.Error("the ring file counts as another one")
	}
	r.Ports.Client++
	r.requireKept(r.dial(0, false, netip.Addr{}), "through the other port")
	r.awaitLines(1, 0, 1)
}
