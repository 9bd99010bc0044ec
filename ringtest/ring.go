package ringtest

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"time"

	"xlattice.org/zog/internal/config"
	"xlattice.org/zog/internal/test/check"
	"xlattice.org/zog/internal/test/daemons"
)

// Ring is a ring of hosts in this process. Its methods may be used from any goroutine, except those
// that fail the test: these from the goroutine of the test only.
type Ring struct {
	t           TB
	options     *options
	file        *config.Ring
	faults      faults
	net         *network
	hosts       []*Host
	diagnostics diagnostics
	probes      list[*Probe]
	number      string          // among all rings of the process
	explained   bool            // why the test has failed
	labelled    context.Context // with the label of the hosts' goroutines

	mu      sync.Mutex
	clients []*Client
	sent    []sent

	// Of clients with the ring's Config.
	configs, recorded uint64 // how many there are, and how many connections
	byName            map[recordedName]*recorded
}

// sent is a message that a client has sent.
type sent struct {
	check.Message
	open bool          // the client waits for the answer
	at   time.Duration // when the client got the result
}

// Start starts a ring, and returns when all hosts take messages. The ring is stopped at the end of
// the test. An error ends the test.
func Start(t TB, opts ...Option) *Ring {
	t.Helper()
	o := apply(opts)
	err := o.check()
	if err != nil {
		t.Fatalf("ringtest: %v", err)
	}
	file, err := o.ringFile()
	if err == nil && o.loopback {
		err = daemons.FreePorts(file)
	}
	if err != nil {
		t.Fatalf("ringtest: %v", err)
	}
	r := &Ring{t: t, options: o, file: file, byName: make(map[recordedName]*recorded)}
	r.diagnostics.began = time.Now()
	// Several goroutines draw random numbers: faults.mu guards rand.
	r.faults = faults{rand: rand.New(rand.NewPCG(o.seed, 0)).Float64, began: time.Now(), counts: make(map[string]int)}
	r.net = newNetwork(r)
	for i := range file.Hosts {
		r.hosts = append(r.hosts, newHost(r, i))
	}
	r.net.setLatency(r.hosts, o.latency)
	r.setLabel()
	t.Cleanup(func() {
		r.explain() // before close, which adds many lines of diagnostics
		r.close()
		r.requireNoLeak()
		r.explain()
	})
	if !o.down {
		for _, h := range r.hosts {
			h.Start()
		}
	}
	return r
}

// Host returns the host with a name; there must be one.
func (r *Ring) Host(name string) *Host {
	r.t.Helper()
	i, ok := r.file.Index(name)
	if !ok {
		r.require(known("host", name, r.names()))
	}
	return r.hosts[i]
}

func (r *Ring) names() []string {
	names := make([]string, len(r.hosts))
	for i, h := range r.hosts {
		names[i] = h.name
	}
	return names
}

// Hosts returns the hosts with the names given, separated by spaces, or all hosts in ring order if
// no names are given.
func (r *Ring) Hosts(names ...string) []*Host {
	r.t.Helper()
	if len(names) == 0 {
		return slices.Clone(r.hosts)
	}
	var hosts []*Host
	for _, some := range names {
		fields := strings.Fields(some)
		if len(fields) == 0 {
			r.fatal("%q names no host; without an argument it is all", some)
		}
		for _, name := range fields {
			hosts = append(hosts, r.Host(name))
		}
	}
	return hosts
}

// Addresses returns the client addresses of the hosts in ring order, for client.Config.Hosts. They
// can be dialled with [Ring.Dial], and in a ring on [Loopback] by any program.
func (r *Ring) Addresses() []string {
	addresses := make([]string, len(r.hosts))
	for i, h := range r.hosts {
		addresses[i] = h.clientAddress().String()
	}
	return addresses
}

// Dial connects to a host's client port, or to any other address of the ring. It can be used as
// client.Config.Dial.
func (r *Ring) Dial(ctx context.Context, _, address string) (net.Conn, error) {
	to, err := netip.ParseAddrPort(address)
	if err != nil {
		return nil, fmt.Errorf("dial %s: %w", address, err)
	}
	return r.net.clients.Dial(ctx, clientAddress, to)
}

// Seed returns the ring's seed.
func (r *Ring) Seed() uint64 { return r.options.seed }

// Elapsed returns the time since the ring was started.
func (r *Ring) Elapsed() time.Duration { return time.Since(r.faults.began) }

// Said returns how many of the newest lines of the hosts' diagnostics contain a text.
func (r *Ring) Said(text string) int { return r.diagnostics.count(text) }

// Await waits until a condition is true, for at most five minutes (half a minute in real time).
// Otherwise it ends the test; what says what was waited for.
func (r *Ring) Await(what string, condition func() bool) {
	r.t.Helper()
	if !r.await(condition) {
		r.t.Fatalf("ringtest: waited for %v in vain: %s", r.timeout(), what)
	}
}

// pollInterval is how often a condition is checked that the test waits for.
const pollInterval = 10 * time.Millisecond

func (r *Ring) await(condition func() bool) bool {
	for end := time.Now().Add(r.timeout()); !condition(); time.Sleep(pollInterval) {
		if time.Now().After(end) {
			return false
		}
	}
	return true
}

// timeout returns how long the ring waits for a condition.
func (r *Ring) timeout() time.Duration {
	if virtual() {
		return 5 * time.Minute
	}
	return 30 * time.Second
}

// virtual says whether time is virtual: a bubble of testing/synctest begins in the year 2000.
func virtual() bool { return time.Now().Year() < 2010 }

// close heals all faults and stops all clients and hosts.
func (r *Ring) close() {
	r.Heal()
	r.mu.Lock()
	clients := r.clients
	r.mu.Unlock()
	for _, c := range clients {
		_ = c.Client.Close() // it returns nil
	}
	for _, h := range r.hosts {
		if h.Up() {
			if err := h.TryStop(); err != nil {
				r.t.Errorf("ringtest: %s: %v", h.name, err)
			}
		}
		h.stderr.close()
	}
	r.net.close()
}

// explain logs, once, the faults, the hosts and their diagnostics if the test has failed.
func (r *Ring) explain() {
	r.t.Helper()
	if r.explained || !r.t.Failed() {
		return
	}
	r.explained = true
	r.t.Logf("ringtest: seed %d, after %v", r.options.seed, r.Elapsed())
	for _, e := range r.Fired() {
		r.t.Logf("%v", e)
	}
	for _, f := range r.faults.all() {
		r.t.Logf("still active: %v, fired %s", f, times(f.Fired()))
	}
	for _, h := range r.hosts {
		r.t.Logf("%s", h.state())
	}
	r.t.Logf("the last diagnostics of the hosts:\n%s", r.diagnostics.tail(maxTail))
}

// maxTail is how many lines of diagnostics explain logs.
const maxTail = 50

// clientAddress is the address from which all clients connect.
var clientAddress = netip.MustParseAddr("127.0.55.200")
