package messages

import (
	"net"
	"sync/atomic"
	"time"

	"xlattice.org/zog/internal/admission"
)

// Guest is an accepted connection that was let in, as those see it who decide who has to
// go when another comes. Its reader and its actor write, they read.
type AcceptedConn struct {
	Conn  net.Conn
	Pulse Pulse

	spoke    atomic.Bool
	owed     atomic.Bool
	answered moment
	evicted  atomic.Bool
}

// NewGuest returns a guest that has come at a time. The connection belongs to whoever
// adopts it.
func NewAcceptedConn(conn net.Conn, now time.Time) *AcceptedConn {
	g := &AcceptedConn{Conn: conn}
	g.Pulse.Beat(now)
	return g
}

// Spoke notes that the guest has said something whole.
func (g *AcceptedConn) SetSpoke() { g.spoke.Store(true) }

// Owe notes whether the guest waits for an answer.
func (g *AcceptedConn) SetOwed(owed bool, now func() time.Time) {
	if g.owed.Load() == owed {
		return
	}
	if !owed {
		g.answered.set(now())
	}
	g.owed.Store(owed)
}

// State implements admission.Conn. A guest that is not listened to counts as one that
// waits for an answer.
func (g *AcceptedConn) State() admission.State {
	since := g.Pulse.Heard()
	if answered := g.answered.get(); answered.After(since) {
		since = answered
	}
	return admission.State{Spoke: g.spoke.Load(), Owed: g.owed.Load() || g.Pulse.Holding(), Since: since}
}

// evictionTimeout bounds a write to a connection on which nothing waits to be written.
const evictionTimeout = 50 * time.Millisecond

// Evict says a last word on the connection and closes it, so that another has room.
func (g *AcceptedConn) Evict(last []byte) {
	g.evicted.Store(true)
	if g.Conn.SetWriteDeadline(time.Now().Add(evictionTimeout)) == nil {
		_, _ = g.Conn.Write(last) // if it fails, the guest learns no reason
	}
	g.Conn.Close()
}

// Evicted tells whether the guest had to go.
func (g *AcceptedConn) Evicted() bool { return g.evicted.Load() }
