package messages

import (
	"net"
	"sync/atomic"
	"time"

	"xlattice.org/zog/internal/admission"
)

// AcceptedConn is an accepted connection that was admitted, with what decides whether it is
// closed to make room for another one. Its reader and its actor write that, a listener reads it.
type AcceptedConn struct {
	Conn  net.Conn
	Pulse Pulse

	spoke    atomic.Bool // a complete frame has come
	owed     atomic.Bool // the other side waits for an answer
	answered moment
	evicted  atomic.Pointer[error] // why it was; nil if it was not
}

// NewAcceptedConn returns an AcceptedConn that was accepted at the given time. conn belongs to
// the actor that adopts it.
func NewAcceptedConn(conn net.Conn, now time.Time) *AcceptedConn {
	c := &AcceptedConn{Conn: conn}
	c.Pulse.Beat(now)
	return c
}

// SetSpoke notes that a complete frame has come.
func (c *AcceptedConn) SetSpoke() { c.spoke.Store(true) }

// Spoke reports whether a complete frame has come.
func (c *AcceptedConn) Spoke() bool { return c.spoke.Load() }

// SetOwed notes whether the other side waits for an answer.
func (c *AcceptedConn) SetOwed(owed bool, now func() time.Time) {
	if c.owed.Load() == owed {
		return
	}
	if !owed {
		c.answered.set(now())
	}
	c.owed.Store(owed)
}

// State implements admission.Conn. While we do not read from the connection, it counts as one
// that waits for an answer.
func (c *AcceptedConn) State() admission.State {
	since := c.Pulse.Heard()
	if answered := c.answered.get(); answered.After(since) {
		since = answered
	}
	return admission.State{Spoke: c.spoke.Load(), Owed: c.owed.Load() || c.Pulse.Holding(), Since: since}
}

// evictionTimeout bounds the last write to an idle connection.
const evictionTimeout = 50 * time.Millisecond

// Evict implements admission.Conn: it writes last and closes the connection.
func (c *AcceptedConn) Evict(why error, last []byte) {
	c.evicted.Store(&why)
	if c.Conn.SetWriteDeadline(time.Now().Add(evictionTimeout)) == nil {
		_, _ = c.Conn.Write(last) // if it fails, the other side learns no reason
	}
	c.Conn.Close()
}

// Evicted returns why the connection was closed by Evict, or nil if it was not.
func (c *AcceptedConn) Evicted() error {
	if why := c.evicted.Load(); why != nil {
		return *why
	}
	return nil
}
