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

// network connects the hosts and the clients, and holds the faults of the links.
type network struct {
	ring    *Ring
	base    faultnet.Base // below the faults
	net     *faultnet.Net
	clients *faultnet.Endpoint // of all clients

	mu         sync.Mutex
	conditions map[faultnet.Route][]*condition
	rules      map[faultnet.Route][]*linkRule
	counts     map[faultnet.Route]*traffic
}

// condition is the condition that one fault sets on a link. Its address is its identity.
type condition struct{ faultnet.Condition }

// linkRule is a fault that fires at frames.
type linkRule struct {
	*Fault
	action faultnet.Action
}

// traffic counts what was written on a link, by kind of frame.
type traffic struct {
	frames map[string]int
	writes map[string]int // by the kind of their first frame
}

func newNetwork(r *Ring) *network {
	n := &network{
		ring: r, conditions: make(map[faultnet.Route][]*condition),
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

// frameNames are the kinds of frames that When.Of can name.
var frameNames = map[frame.Kind]string{
	0: "bytes", frame.KeepAlive: "KeepAlive", frame.Ack: "Ack", frame.DataKind: "Data", frame.OkKind: "Ok",
}

func frameKinds() []string { return slices.Sorted(maps.Values(frameNames)) }

// judge decides what becomes of a frame, and counts it.
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
		if ru.fires(kind, "") {
			action := ru.action
			if action.Fate == faultnet.Corrupt {
				action.At += lengthSize(e.Bytes)
			}
			return action
		}
	}
	return faultnet.Action{}
}

// lengthSize returns how many bytes the length at the beginning of a frame takes.
func lengthSize(b []byte) int {
	_, n := binary.Uvarint(b)
	return max(0, n)
}

// traffic returns the counters of a route. The caller holds mu.
func (n *network) traffic(r faultnet.Route) *traffic {
	t := n.counts[r]
	if t == nil {
		t = &traffic{frames: make(map[string]int), writes: make(map[string]int)}
		n.counts[r] = t
	}
	return t
}

// setLatency sets the latency of the links between all hosts.
func (n *network) setLatency(hosts []*Host, latency time.Duration) {
	for _, from := range hosts {
		for _, to := range hosts {
			n.add(faultnet.Route{From: from.address, To: to.address}, faultnet.Condition{Latency: latency})
		}
	}
}

// add adds a condition to those of a link; undo removes it.
func (n *network) add(r faultnet.Route, c faultnet.Condition) (undo func()) {
	mine := &condition{c}
	n.mu.Lock()
	defer n.mu.Unlock()
	n.conditions[r] = append(n.conditions[r], mine)
	n.net.Set(r, combine(n.conditions[r]))
	return func() {
		n.mu.Lock()
		defer n.mu.Unlock()
		n.conditions[r] = slices.DeleteFunc(n.conditions[r], func(other *condition) bool { return other == mine })
		n.net.Set(r, combine(n.conditions[r]))
	}
}

// combine returns the effect of all conditions of a link together: latencies add up, the lowest rate counts.
func combine(all []*condition) (c faultnet.Condition) {
	for _, one := range all {
		c.Drop = c.Drop || one.Drop
		c.Refuse = c.Refuse || one.Refuse
		c.Latency += one.Latency
		c.Jitter += one.Jitter
		if one.Rate > 0 && (c.Rate == 0 || one.Rate < c.Rate) {
			c.Rate = one.Rate
		}
	}
	return c
}

func (n *network) addRule(r faultnet.Route, ru *linkRule) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.rules[r] = append(slices.Clone(n.rules[r]), ru)
}

// removeRule removes a rule. It releases what the rule has stalled, unless another rule has stalled
// something on the same link: then the last of them releases it.
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
