package ringtest

import (
	"time"

	"xlattice.org/zog/internal/faultnet"
)

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

// Reset resets all connections between the two hosts, at once and whoever dialled,
// and returns how many they were.
func (l *Link) Reset() int {
	n := l.ring.net.net.Reset(l.route) + l.ring.net.net.Reset(l.back().route)
	if n > 0 {
		l.ring.note("reset", "reset of %d connections from %v", n, l)
	}
	return n
}

// rule injects a fault that hits frames.
func (l *Link) rule(kind string, when When, action faultnet.Action) *Fault {
	ru := &linkRule{action: action}
	ru.Fault = l.ring.fault(kind, when, "%s from %v", kind, l)
	l.ring.net.addRule(l.route, ru)
	return ru.stand(func() { l.ring.net.removeRule(l.route, ru) })
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

// CutAfter resets a connection when so many bytes of a frame were written, its
// length included; of a shorter one, all.
func (l *Link) CutAfter(bytes int, when When) *Fault {
	return l.rule("cut", when, faultnet.Action{Fate: faultnet.CutAfter, At: bytes})
}

// FinAfter closes the writing side of a connection when so many bytes of a frame
// were written; of a shorter one, all.
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
