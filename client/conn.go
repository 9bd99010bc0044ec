package client

import (
	"context"
	"errors"
	"net"
	"sync"
	"time"

	"xlattice.org/zog/internal/frame"
)

// maxBatch bounds one write and what waits for it, in bytes: enough to make a
// system call cheap, and little enough to stay in a processor's cache.
const maxBatch = 128 << 10

// linger is how long, after a write failed, answers that the host sent before
// are still read: each of them saves a message from being unacknowledged.
const linger = time.Second

// conn is one connection to a host. Whoever has a message pushes it, which
// appends a frame to a buffer; one goroutine writes what is in the buffer, and
// one reads the answers, tells the parties, and judges whether the host is silent,
// as the writer may be blocked. Both end with the connection, and then done is
// closed.
type conn struct {
	raw       net.Conn
	host      string // the address, for people
	minCopies uint32

	wake  chan struct{} // to the writer; holds one token
	ended chan struct{} // closed once err is set
	wrote chan struct{} // closed when the writer is gone
	done  chan struct{} // closed when reader and writer are gone and all is settled

	mu      sync.Mutex
	room    sync.Cond // a pusher may go on
	waiting int       // pushers that wait for room
	idle    bool      // the writer waits for wake
	out     []byte    // frames that wait to be written
	row     frame.Row // that the last of them was in, at the frame that would go on it
	flight  flight
	pulse   pulse
	err     error // why the connection is lost; nil while it lives
}

// start begins to talk over raw, which it owns from then on.
func start(raw net.Conn, host string, cfg *Config) *conn {
	c := &conn{
		raw:       raw,
		host:      host,
		minCopies: uint32(cfg.MinCopies),
		wake:      make(chan struct{}, 1),
		ended:     make(chan struct{}),
		wrote:     make(chan struct{}),
		done:      make(chan struct{}),
		flight:    flight{size: cfg.Window},
		pulse:     newPulse(cfg, time.Now()),
	}
	c.room.L = &c.mu
	_ = raw.SetReadDeadline(c.pulse.next) // fails only where Read fails too
	go c.write()
	go c.read()
	return c
}

// lane is a party's use of a connection.
type lane struct {
	conn *conn
	to   party

	// Guarded by the conn's mu.
	pushed int
	shut   bool
}

// errShut is what a push to a lane gets that is shut.
var errShut = errors.New("nothing more goes to this host for now")

// push queues one message for the lane's party, which is told what becomes of
// it. What d says is not kept; its id and how many copies are wanted are the
// connection's to say. While the window or the buffer is full push waits. An error
// means that the message was not queued: ctx ended, the lane is shut, or the
// connection is lost. The caller has nudge called when ctx ends.
func (l *lane) push(ctx context.Context, d *frame.Data) error {
	c := l.conn
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.err != nil || l.shut || !c.open() {
		if err := c.await(ctx, l); err != nil {
			return err
		}
	}
	l.pushed++
	d.ID = c.flight.queue(l.to)
	if c.minCopies > 1 {
		d.MinCopies = c.minCopies
	}
	if c.row.Is(d) { // as most are, from one who sends many
		c.out = c.row.Append(c.out, d.Text)
	} else {
		c.out = frame.AppendData(c.out, d)
		c.row = frame.NewRow(d)
		c.row.Advance()
	}
	c.rouse()
	return nil
}

// close lets nothing more be pushed, and returns how much was.
func (l *lane) close() int {
	c := l.conn
	c.mu.Lock()
	defer c.mu.Unlock()
	l.shut = true
	c.room.Broadcast()
	return l.pushed
}

// open reports whether one more message may be queued.
func (c *conn) open() bool { return c.flight.free() > 0 && len(c.out) < maxBatch }

// await waits until one more message of a lane may be queued.
func (c *conn) await(ctx context.Context, l *lane) error {
	c.waiting++
	defer func() { c.waiting-- }()
	for {
		switch {
		case c.err != nil:
			return c.err
		case l.shut:
			return errShut
		case ctx.Err() != nil:
			return why(ctx)
		case c.open():
			return nil
		}
		c.room.Wait()
	}
}

// nudge lets the pushers that wait look at their contexts again.
func (c *conn) nudge() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.room.Broadcast()
}

// admit wakes the pushers that wait, once a quarter of the window is free: if
// each answer let one message in, each write would carry but one. They do not
// wait in vain, as whatever fills the window is answered or lost.
func (c *conn) admit() {
	if c.waiting > 0 && c.open() && 4*c.flight.free() >= c.flight.size {
		c.room.Broadcast()
	}
}

// hurry lets the host be silent for only so long, until its next word.
func (c *conn) hurry(patience time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.pulse.hurry(patience, c.flight.pending())
}

// alive reports whether the connection can still be used.
func (c *conn) alive() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.err == nil
}

// was reports whether the host has ever answered a message, and whether the
// connection was lost since the host was silent.
func (c *conn) was() (answered, silent bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.flight.answered > 0, c.err == errSilent
}

// lose ends the connection for the reason given, if it has not ended before.
// The reader may still hear what is under way.
func (c *conn) lose(err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.err == nil {
		c.err = err
		close(c.ended)
		c.room.Broadcast()
		_ = c.raw.SetReadDeadline(time.Now().Add(linger)) // fails only where Read fails too
	}
}

// close ends the connection and waits until all that was on it is settled.
func (c *conn) close() {
	c.lose(ErrClosed)
	c.raw.Close() // what it says about a connection that is given up helps nobody
	<-c.done
}
