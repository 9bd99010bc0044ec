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

// Ring is a ring of hosts in this process. Its methods may be used from any
// goroutine, but those that fail the test only from the test's own.
type Ring struct {
	t       TB
	options *options
	file    *config.Ring
	faults  faults
	net     *network
	hosts   []*Host
	said    diagnostics
	probes  list[*Probe]
	number  string          // among all rings of the process
	told    bool            // why the test has failed
	marked  context.Context // with the mark of the hosts' goroutines

	mu      sync.Mutex
	clients []*Client
	sent    []sent
}

// sent is a message of a client.
type sent struct {
	check.Message
	open bool          // the client waits for the answer
	at   time.Duration // when its fate was known
}

// Start starts a ring, and stops it at the test's end. It returns when all hosts
// take messages; what stands in the way fails the test.
func Start(t TB, opts ...Option) *Ring {
	t.Helper()
	o := gather(opts)
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
	r := &Ring{t: t, options: o, file: file}
	r.said.began = time.Now()
	// Chances are drawn from several goroutines: under the lock of the faults.
	r.faults = faults{rand: rand.New(rand.NewPCG(o.seed, 0)).Float64, began: time.Now(), counts: make(map[string]int)}
	r.net = newNetwork(r)
	for i := range file.Hosts {
		r.hosts = append(r.hosts, newHost(r, i))
	}
	r.net.slow(r.hosts, o.latency)
	r.mark()
	t.Cleanup(func() {
		r.explain() // what there is now: the end of the ring says much, too
		r.close()
		r.requireEnd()
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

// Hosts returns the hosts with the names given, separated by spaces; without
// names all, in ring order.
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

// Addresses returns the addresses at which the hosts serve clients, in ring
// order, as client.Config.Hosts has them. They can be dialled with [Ring.Dial],
// and in a ring on [Loopback] by anybody.
func (r *Ring) Addresses() []string {
	addresses := make([]string, len(r.hosts))
	for i, h := range r.hosts {
		addresses[i] = h.clientAddress().String()
	}
	return addresses
}

// Dial connects to a host's client port, or to any other address of the ring. It
// fits client.Config.Dial.
func (r *Ring) Dial(ctx context.Context, _, address string) (net.Conn, error) {
	to, err := netip.ParseAddrPort(address)
	if err != nil {
		return nil, fmt.Errorf("dial %s: %w", address, err)
	}
	return r.net.clients.Dial(ctx, clientAddress, to)
}

// Seed returns the ring's seed.
func (r *Ring) Seed() uint64 { return r.options.seed }

// Elapsed is for how long the ring is there.
func (r *Ring) Elapsed() time.Duration { return time.Since(r.faults.began) }

// Said returns how many lines of the hosts' diagnostics hold a text.
func (r *Ring) Said(text string) int { return r.said.count(text) }

// Await waits until something is so, for at most five minutes (half a minute in real
// time). Otherwise the test fails, with what was waited for.
func (r *Ring) Await(what string, so func() bool) {
	r.t.Helper()
	if !r.await(so) {
		r.t.Fatalf("ringtest: in %v it did not come to this: %s", r.patience(), what)
	}
}

// glance is the time between two looks at a ring that one waits for.
const glance = 10 * time.Millisecond

func (r *Ring) await(so func() bool) bool {
	for end := time.Now().Add(r.patience()); !so(); time.Sleep(glance) {
		if time.Now().After(end) {
			return false
		}
	}
	return true
}

func (r *Ring) patience() time.Duration {
	if virtual() {
		return 5 * time.Minute
	}
	return 30 * time.Second
}

// virtual tells whether time is virtual: a bubble of testing/synctest begins with
// the year 2000. In a bubble five minutes cost nothing.
func virtual() bool { return time.Now().Year() < 2010 }

// close stops all that runs.
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

// explain tells a test that has failed what there is, once.
func (r *Ring) explain() {
	r.t.Helper()
	if r.told || !r.t.Failed() {
		return
	}
	r.told = true
	r.t.Logf("ringtest: seed %d, after %v", r.options.seed, r.Elapsed())
	for _, e := range r.Fired() {
		r.t.Logf("%v", e)
	}
	for _, f := range r.faults.standing() {
		r.t.Logf("still stands: %v, fired %s", f, times(f.Fired()))
	}
	for _, h := range r.hosts {
		r.t.Logf("%s", h.state())
	}
	r.t.Logf("what the hosts said last:\n%s", r.said.tail(maxTail))
}

// maxTail is how many lines of diagnostics a test that has failed shows.
const maxTail = 50

// clientAddress is where the clients are.
var clientAddress = netip.MustParseAddr("127.0.55.200")
