package ringtest

import (
	"slices"
	"strings"
	"time"

	"xlattice.org/zog/internal/test/faultnet"
)

// Link is one direction between two hosts, or between a host and the clients: everything that the
// first writes to the second, on all connections.
type Link struct {
	ring     *Ring
	route    faultnet.Route
	from, to string
}

// To returns the link from this host to another of the ring.
func (h *Host) To(other *Host) *Link {
	h.ring.t.Helper()
	switch {
	case other == nil || other.ring != h.ring:
		h.ring.fatal("a link from %s to a host of another ring, or to none", h.name)
	case other == h:
		h.ring.fatal("a link from %s to itself; there are links to %s", h.name, strings.Join(h.others(), ", "))
	}
	return &Link{h.ring, faultnet.Route{From: h.address, To: other.address}, h.name, other.name}
}

// others returns the names of all hosts but this.
func (h *Host) others() []string { return slices.Delete(h.ring.names(), h.index, h.index+1) }

// ToClients returns the link from this host to all clients.
func (h *Host) ToClients() *Link {
	return &Link{h.ring, faultnet.Route{From: h.address, To: clientAddress}, h.name, "the clients"}
}

// FromClients returns the link from all clients to this host.
func (h *Host) FromClients() *Link { return h.ToClients().reverse() }

func (l *Link) reverse() *Link {
	return &Link{l.ring, faultnet.Route{From: l.route.To, To: l.route.From}, l.to, l.from}
}

func (l *Link) String() string { return l.from + " to " + l.to }

// impose makes a fault that sets a condition of the link.
func (l *Link) impose(kind string, c faultnet.Condition, format string, args ...any) *Fault {
	return l.ring.impose(kind, l.ring.net.add(l.route, c), format+" from "+l.String(), args...)
}

// Drop drops what is sent over the link, as a firewall does. TCP retransmits it, so it arrives late
// when the fault is healed (see [Ring.Partition]). A dial in either direction gets no answer.
func (l *Link) Drop() *Fault {
	return l.impose("one-way loss", faultnet.Condition{Drop: true}, "nothing arrives")
}

// Sever resets the connections that use the link, and refuses new ones.
func (l *Link) Sever() *Fault {
	return l.impose("severed link", faultnet.Condition{Refuse: true}, "all is refused")
}

// Slow delays what is sent by latency, and by up to jitter more.
func (l *Link) Slow(latency, jitter time.Duration) *Fault {
	l.ring.t.Helper()
	atLeast(l.ring, "latency", latency, 0)
	atLeast(l.ring, "jitter", jitter, 0)
	l.ring.positive("latency and jitter together", latency+jitter)
	return l.impose("latency", faultnet.Condition{Latency: latency, Jitter: jitter}, "%v, and up to %v more,", latency, jitter)
}

// Limit limits the link to so many bytes a second.
func (l *Link) Limit(bytes int64) *Fault {
	l.ring.t.Helper()
	atLeast(l.ring, "the number of bytes a second", bytes, 1)
	return l.impose("rate limit", faultnet.Condition{Rate: bytes}, "%d bytes a second", bytes)
}

// Reset resets all connections between the two hosts at once, whichever host dialled, and returns
// their number.
func (l *Link) Reset() int {
	n := l.ring.net.net.Reset(l.route) + l.ring.net.net.Reset(l.reverse().route)
	if n > 0 {
		l.ring.record("reset", "reset of %d connections from %v", n, l)
	}
	return n
}

// rule injects a fault that fires at frames.
func (l *Link) rule(kind string, when When, action faultnet.Action) *Fault {
	l.ring.t.Helper()
	l.ring.require(when.check("frame", frameKinds()))
	atLeast(l.ring, "the place in a frame", action.At, 0)
	ru := &linkRule{action: action}
	ru.Fault = l.ring.fault(kind, when, "%s from %v", kind, l)
	l.ring.net.addRule(l.route, ru)
	return ru.activate(func() { l.ring.net.removeRule(l.route, ru) })
}

// Stall holds back all that is written to a connection, from a frame on, until the fault is healed.
func (l *Link) Stall(when When) *Fault {
	l.ring.t.Helper()
	return l.rule("stall", when, faultnet.Action{Fate: faultnet.Stall})
}

// HalfClose closes the writing side of a connection after a frame. The other direction stays open.
func (l *Link) HalfClose(when When) *Fault {
	l.ring.t.Helper()
	return l.rule("half-close", when, faultnet.Action{Fate: faultnet.HalfClose})
}

// CutAfter resets a connection after so many bytes of a frame, its length included, or after all
// of a shorter frame.
func (l *Link) CutAfter(bytes int, when When) *Fault {
	l.ring.t.Helper()
	return l.rule("cut", when, faultnet.Action{Fate: faultnet.CutAfter, At: bytes})
}

// FinAfter closes the writing side of a connection after so many bytes of a frame, or after all of
// a shorter frame.
func (l *Link) FinAfter(bytes int, when When) *Fault {
	l.ring.t.Helper()
	return l.rule("end in a frame", when, faultnet.Action{Fate: faultnet.FinMid, At: bytes})
}

// Vanish drops frames, as if they had never been written.
func (l *Link) Vanish(when When) *Fault {
	l.ring.t.Helper()
	return l.rule("lost frame", when, faultnet.Action{Fate: faultnet.Vanish})
}

// Corrupt inverts the bits that are set in mask in a byte of a frame; at counts from the first byte
// after the frame's length. A wrong byte in a text is not detected: the protocol leaves that to TCP
// or TLS.
func (l *Link) Corrupt(at int, mask byte, when When) *Fault {
	l.ring.t.Helper()
	if mask == 0 {
		l.ring.fatal("a mask of 0 inverts no bit")
	}
	return l.rule("corruption", when, faultnet.Action{Fate: faultnet.Corrupt, At: at, Mask: mask})
}

// Sent returns how many frames of a kind were written on all connections of the link, and how many
// writes began with one.
func (l *Link) Sent(kind string) (frames, writes int) {
	l.ring.t.Helper()
	l.ring.require(known("frame", kind, frameKinds()))
	n := l.ring.net
	n.mu.Lock()
	defer n.mu.Unlock()
	t := n.traffic(l.route)
	return t.frames[kind], t.writes[kind]
}
