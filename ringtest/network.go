package ringtest

import (
	"encoding/binary"
	"maps"
	"math/rand/v2"
	"slices"
	"sync"
	"time"

	"xlattice.org/zog/internal/frame"
	"xlattice.org/zog/internal/test/faultnet"
	"xlattice.org/zog/internal/test/memnet"
	"xlattice.org/zog/supervisor"
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
	n.base = faultnet.Base{Dial: supervisor.DialTCP, Listen: supervisor.ListenTCP}
	if !r.options.loopback {
		memory := memnet.New()
		n.base = faultnet.Base{Dial: memory.Dial, Listen: memory.Listen}
	}
	n.net = faultnet.New(faultnet.Config{Base: n.base, Judge: n.judge, Rand: rand.New(rand.NewPCG(r.options.seed, 2))})
	n.clients = n.net.Join()
	return n
}

func (n *network) join() *faultnet.Endpoint { return n.net.Join() }

func (n *network) close() { n.net.Close() }

// frameNames are the kinds of frames as When.Of has them.
var frameNames = map[frame.Kind]string{
	0: "bytes", frame.KeepAlive: "KeepAlive", frame.Ack: "Ack", frame.DataKind: "Data", frame.OkKind: "Ok",
}

func frameKinds() []string { return slices.Sorted(maps.Values(frameNames)) }

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
			n.set(faultnet.Route{From: from.address, To: to.address}, faultnet.Condition{Latency: latency})
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

func (n *network) addRule(r faultnet.Route, ru *linkRule) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.rules[r] = append(slices.Clone(n.rules[r]), ru)
}

// removeRule ends a rule. What it has stalled goes on, unless another has stalled
// something on the same link too: then that goes on with the last of them.
func (n *network) removeRule(r faultnet.Route, ru *linkRule) {
	stalled := func(ru *linkRule) bool { return ru.action.Fate == faultnet.Stall && ru.Fired() > 0 }
	n.mu.Lock()
	n.rules[r] = slices.DeleteFunc(slices.Clone(n.rules[r]), func(other *linkRule) bool { return other == ru })
	others := slices.ContainsFunc(n.rules[r], stalled)
	n.mu.Unlock()
	if stalled(ru) && !others {
		n.net.Release(r)
	}
}
