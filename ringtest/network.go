package ringtest

import (
	"context"
	"encoding/binary"
	"math/rand/v2"
	"net"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"time"

	"xlattice.org/zog/internal/faultnet"
	"xlattice.org/zog/internal/frame"
	"xlattice.org/zog/internal/memnet"
)

// network is what the hosts are connected by, with the faults of it.
type network struct {
	ring    *Ring
	base    faultnet.Base // below the faults
	net     *faultnet.Net
	clients *faultnet.Endpoint // of all clients

	mu     sync.Mutex
	states map[faultnet.Route][]*state
	rules  map[faultnet.Route][]*linkRule
	counts map[faultnet.Route]*traffic
}

// state is a fault that a link is in.
type state struct{ faultnet.Condition }

// linkRule is a fault that hits a frame.
type linkRule struct {
	*Fault
	action faultnet.Action
}

// traffic is what was written on a link.
type traffic struct {
	frames map[string]int
	writes map[string]int
}

func newNetwork(r *Ring) *network {
	n := &network{
		ring: r, states: make(map[faultnet.Route][]*state),
		rules: make(map[faultnet.Route][]*linkRule), counts: make(map[faultnet.Route]*traffic),
	}
	n.base = faultnet.Base{Dial: dialTCP, Listen: listenTCP}
	if !r.options.loopback {
		memory := memnet.New()
		n.base = faultnet.Base{Dial: memory.Dial, Listen: memory.Listen}
	}
	n.net = faultnet.New(faultnet.Config{Base: n.base, Judge: n.judge, Rand: rand.New(rand.NewPCG(r.options.seed, 2))})
	n.clients = n.net.Join()
	return n
}

func dialTCP(ctx context.Context, from netip.Addr, to netip.AddrPort) (net.Conn, error) {
	d := net.Dialer{LocalAddr: net.TCPAddrFromAddrPort(netip.AddrPortFrom(from, 0))}
	return d.DialContext(ctx, "tcp", to.String())
}

func listenTCP(at netip.AddrPort) (net.Listener, error) { return net.Listen("tcp", at.String()) }

func (n *network) join() *faultnet.Endpoint { return n.net.Join() }

func (n *network) close() { n.net.Close() }

// frameNames are the kinds of frames as When.Of has them.
var frameNames = map[frame.Kind]string{
	0: "bytes", frame.KeepAlive: "KeepAlive", frame.Ack: "Ack", frame.DataKind: "Data", frame.OkKind: "Ok",
}

// judge says what becomes of a frame, and counts it.
func (n *network) judge(e faultnet.Event) faultnet.Action {
	kind := frameNames[e.Kind]
	n.mu.Lock()
	t := n.traffic(e.Route)
	t.frames[kind]++
	if e.First {
		t.writes[kind]++
	}
	rules := n.rules[e.Route]
	n.mu.Unlock()
	for _, ru := range rules {
		if ru.due(kind, "") {
			action := ru.action
			if action.Fate == faultnet.Corrupt {
				action.At += prefix(e.Bytes)
			}
			return action
		}
	}
	return faultnet.Action{}
}

// prefix is how many bytes the length of a frame takes, before the frame itself.
func prefix(b []byte) int {
	_, n := binary.Uvarint(b)
	return max(0, n)
}

// traffic is the count of a route. The caller holds mu.
func (n *network) traffic(r faultnet.Route) *traffic {
	t := n.counts[r]
	if t == nil {
		t = &traffic{frames: make(map[string]int), writes: make(map[string]int)}
		n.counts[r] = t
	}
	return t
}

// slow gives all links their latency.
func (n *network) slow(hosts []*Host, latency time.Duration) {
	for _, from := range hosts {
		for _, to := range hosts {
			n.set(from.To(to).route, faultnet.Condition{Latency: latency})
		}
	}
}

// set puts a link into a state, beside those that it is in; undo takes it back.
func (n *network) set(r faultnet.Route, c faultnet.Condition) (undo func()) {
	s := &state{c}
	n.mu.Lock()
	defer n.mu.Unlock()
	n.states[r] = append(n.states[r], s)
	n.net.Set(r, together(n.states[r]))
	return func() {
		n.mu.Lock()
		defer n.mu.Unlock()
		n.states[r] = slices.DeleteFunc(n.states[r], func(other *state) bool { return other == s })
		n.net.Set(r, together(n.states[r]))
	}
}

// together is what several states of a link come to.
func together(states []*state) (c faultnet.Condition) {
	for _, s := range states {
		c.Drop = c.Drop || s.Drop
		c.Refuse = c.Refuse || s.Refuse
		c.Latency += s.Latency
		c.Jitter += s.Jitter
		if s.Rate > 0 && (c.Rate == 0 || s.Rate < c.Rate) {
			c.Rate = s.Rate
		}
	}
	return c
}

// Link is one direction between two hosts, or a host and the clients: all that the
// first writes to the second, on whatever connection.
type Link struct {
	ring     *Ring
	route    faultnet.Route
	from, to string
}

// To returns the link from this host to another.
func (h *Host) To(other *Host) *Link {
	return &Link{h.ring, faultnet.Route{From: h.address, To: other.address}, h.name, other.name}
}

// ToClients returns the link from this host to all clients.
func (h *Host) ToClients() *Link {
	return &Link{h.ring, faultnet.Route{From: h.address, To: clientAddress}, h.name, "the clients"}
}

// FromClients returns the link from all clients to this host.
func (h *Host) FromClients() *Link { return h.ToClients().back() }

func (l *Link) back() *Link {
	return &Link{l.ring, faultnet.Route{From: l.route.To, To: l.route.From}, l.to, l.from}
}

func (l *Link) String() string { return l.from + " to " + l.to }

// impose puts the link into a state.
func (l *Link) impose(kind string, c faultnet.Condition, format string, args ...any) *Fault {
	return l.ring.impose(kind, l.ring.net.set(l.route, c), format+" from "+l.String(), args...)
}

// Drop drops what is sent over the link, as a firewall does: what is written
// waits, as TCP would send it again, and arrives late when the fault is healed;
// and who dials hears nothing, in either direction.
func (l *Link) Drop() *Fault {
	return l.impose("one-way loss", faultnet.Condition{Drop: true}, "nothing arrives")
}

// Sever cuts the connections that go over the link, and refuses others.
func (l *Link) Sever() *Fault {
	return l.impose("severed link", faultnet.Condition{Refuse: true}, "all is refused")
}

// Slow lets what is sent take its time: latency, and up to jitter more.
func (l *Link) Slow(latency, jitter time.Duration) *Fault {
	return l.impose("latency", faultnet.Condition{Latency: latency, Jitter: jitter}, "%v, and up to %v more,", latency, jitter)
}

// Limit lets only so many bytes a second through.
func (l *Link) Limit(bytes int64) *Fault {
	return l.impose("rate limit", faultnet.Condition{Rate: bytes}, "%d bytes a second", bytes)
}

// Reset resets all connections between the two hosts, at once, whoever dialled.
func (l *Link) Reset() {
	l.ring.note("reset", "reset of all connections from %v", l)
	l.ring.net.net.Reset(l.route)
	l.ring.net.net.Reset(l.back().route)
}

// rule injects a fault that hits frames.
func (l *Link) rule(kind string, when When, action faultnet.Action) *Fault {
	n, r := l.ring.net, l.route
	ru := &linkRule{action: action}
	ru.Fault = l.ring.inject(kind, when, func() {
		n.mu.Lock()
		n.rules[r] = slices.DeleteFunc(slices.Clone(n.rules[r]), func(other *linkRule) bool { return other == ru })
		n.mu.Unlock()
		if action.Fate == faultnet.Stall {
			n.net.Release(r)
		}
	}, "%s from %v", kind, l)
	n.mu.Lock()
	defer n.mu.Unlock()
	n.rules[r] = append(slices.Clone(n.rules[r]), ru)
	return ru.Fault
}

// Stall lets a connection stand still from a frame on, until the fault is healed.
func (l *Link) Stall(when When) *Fault {
	return l.rule("stall", when, faultnet.Action{Fate: faultnet.Stall})
}

// HalfClose closes the writing side of a connection behind a frame; the other
// side stays open.
func (l *Link) HalfClose(when When) *Fault {
	return l.rule("half-close", when, faultnet.Action{Fate: faultnet.HalfClose})
}

// CutAfter resets a connection when so many bytes of a frame were written.
func (l *Link) CutAfter(bytes int, when When) *Fault {
	return l.rule("cut", when, faultnet.Action{Fate: faultnet.CutAfter, At: bytes})
}

// FinAfter closes the writing side of a connection when so many bytes of a frame
// were written.
func (l *Link) FinAfter(bytes int, when When) *Fault {
	return l.rule("end in a frame", when, faultnet.Action{Fate: faultnet.FinMid, At: bytes})
}

// Vanish leaves frames out, as if they had never been written.
func (l *Link) Vanish(when When) *Fault {
	return l.rule("lost frame", when, faultnet.Action{Fate: faultnet.Vanish})
}

// Corrupt inverts the bits of a byte of a frame that are set in mask; at counts
// from the first byte behind the frame's length. A wrong byte in a text is not
// found by anybody: the protocol leaves that to TCP, or to TLS.
func (l *Link) Corrupt(at int, mask byte, when When) *Fault {
	return l.rule("corruption", when, faultnet.Action{Fate: faultnet.Corrupt, At: at, Mask: mask})
}

// Sent returns how many frames of a kind were written on the link, on all its
// connections, and how many writes began with one: frames that are written at
// once travel together.
func (l *Link) Sent(kind string) (frames, writes int) {
	n := l.ring.net
	n.mu.Lock()
	defer n.mu.Unlock()
	t := n.traffic(l.route)
	return t.frames[kind], t.writes[kind]
}

// Partition lets nothing pass between groups of hosts, each given as names with
// spaces between. Hosts that are in none are in one of their own. Clients reach all.
func (r *Ring) Partition(groups ...string) *Fault {
	r.t.Helper()
	return r.impose("partition", r.part(r.sides(groups)), "partition %s", strings.Join(groups, " | "))
}

// sides gives each host the number of its side.
func (r *Ring) sides(groups []string) []int {
	r.t.Helper()
	sides := make([]int, len(r.hosts))
	for i, group := range groups {
		for _, h := range r.Hosts(group) {
			sides[h.index] = i + 1
		}
	}
	return sides
}

func (r *Ring) part(sides []int) (undo func()) {
	var undos []func()
	for _, from := range r.hosts {
		for _, to := range r.hosts {
			if sides[from.index] != sides[to.index] {
				undos = append(undos, r.net.set(from.To(to).route, faultnet.Condition{Drop: true}))
			}
		}
	}
	return func() {
		for _, undo := range undos {
			undo()
		}
	}
}

// Flap makes and heals a partition again and again, each for so long, until the
// fault is healed.
func (r *Ring) Flap(each time.Duration, groups ...string) *Fault {
	r.t.Helper()
	sides := r.sides(groups)
	stop, done := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(done)
		undo := r.part(sides)
		for parted := true; ; parted = !parted {
			select {
			case <-time.After(each):
			case <-stop:
				undo()
				return
			}
			undo()
			if undo = func() {}; !parted {
				undo = r.part(sides)
			}
		}
	}()
	return r.impose("flapping", func() { close(stop); <-done }, "flapping every %v, %s", each, strings.Join(groups, " | "))
}
