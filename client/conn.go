package client

import (
	"context"
	"errors"
	"net"
	"sync"
	"time"

	"xlattice.org/zog/internal/frame"
)

// maxBatch limits the bytes that wait to be written, and so one write: enough to make a
// system call cheap, and little enough to stay in a processor's cache.
const maxBatch = 128 << 10

// linger is how long the reader goes on after a write has failed. Each answer that the
// host has sent already saves a message from being unacknowledged.
const linger = time.Second

// conn is a connection to a host. A sender appends a frame to the buffer out. One
// goroutine writes the buffer. Another reads the answers, resolves the messages, and
// checks for silence, as the writer may be blocked. Both end with the connection.
type conn struct {
	cfg  *Config // of the client
	raw  net.Conn
	host string // its address, for errors

	wake       chan struct{} // wakes the writer; holds one token
	failed     chan struct{} // closed when err is set
	writerDone chan struct{} // closed when the writer has ended
	done       chan struct{} // closed when both have ended and all messages are resolved

	mu         sync.Mutex
	room       sync.Cond        // hasRoom may have become true, or err was set
	waiters    int              // senders that wait for room
	writerIdle bool             // the writer waits for wake
	out        []byte           // frames that wait to be written
	encoder    frame.RowEncoder // of the last frame in out, which may be open
	flight     flight
	watchdog   watchdog
	err        error // why the connection is lost; nil until then
}

// startConn starts the goroutines of a connection over raw, which it owns from then on.
func startConn(raw net.Conn, host string, cfg *Config) *conn {
	c := &conn{
		cfg:        cfg,
		raw:        raw,
		host:       host,
		wake:       make(chan struct{}, 1),
		failed:     make(chan struct{}),
		writerDone: make(chan struct{}),
		done:       make(chan struct{}),
		flight:     flight{size: cfg.Window},
		watchdog:   newWatchdog(cfg, time.Now()),
	}
	c.room.L = &c.mu
	_ = raw.SetReadDeadline(c.watchdog.nextCheck) // fails only where Read fails too
	go c.write()
	go c.read()
	return c
}

// lease is the right of one sender to use a connection, until it is closed.
type lease struct {
	conn   *conn
	sender sender

	// Guarded by conn.mu.
	sent   int
	closed bool
}

// errLeaseClosed is the error of a send on a closed lease.
var errLeaseClosed = errors.New("the connection is not used any more")

// send queues one message; the sender's resolve gets its outcome later. It does not keep
// d, but sets its ID. While the window or the buffer is full, send waits. An
// error means that the message was not queued: ctx ended, the lease is closed, or the
// connection is lost. The caller arranges that wakeSenders is called when ctx ends.
func (l *lease) send(ctx context.Context, d *frame.Data) error {
	c := l.conn
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.err != nil || l.closed || !c.hasRoom() {
		if err := c.awaitRoom(ctx, l); err != nil {
			return err
		}
	}
	l.sent++
	d.ID = c.flight.queue(l.sender)
	c.out = c.encoder.Append(c.out, d)
	c.wakeWriter()
	return nil
}

// close prevents further sends, and returns how many messages were sent.
func (l *lease) close() int {
	c := l.conn
	c.mu.Lock()
	defer c.mu.Unlock()
	l.closed = true
	c.room.Broadcast()
	return l.sent
}

// count returns how many messages were sent.
func (l *lease) count() int {
	l.conn.mu.Lock()
	defer l.conn.mu.Unlock()
	return l.sent
}

// limitSilence shortens how long the host may be silent, until it sends something.
func (l *lease) limitSilence(d time.Duration) {
	l.conn.mu.Lock()
	defer l.conn.mu.Unlock()
	l.conn.watchdog.shorten(d, l.conn.flight.others(l.sender))
}

// hasRoom reports whether one more message can be queued.
func (c *conn) hasRoom() bool { return c.flight.free() > 0 && len(c.out) < maxBatch }

// awaitRoom waits until the lease can send one more message.
func (c *conn) awaitRoom(ctx context.Context, l *lease) error {
	c.waiters++
	defer func() { c.waiters-- }()
	for {
		switch {
		case c.err != nil:
			return c.err
		case l.closed:
			return errLeaseClosed
		case ctx.Err() != nil:
			return contextCause(ctx)
		case c.hasRoom():
			return nil
		}
		c.room.Wait()
	}
}

// wakeSenders makes the waiting senders check their contexts.
func (c *conn) wakeSenders() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.room.Broadcast()
}

// admitWaiters wakes the waiting senders once a quarter of the window is free. If each
// answer admitted one message, each write would contain only one. The senders cannot wait
// for ever, as everything in the window is answered or lost.
func (c *conn) admitWaiters() {
	if c.waiters > 0 && c.hasRoom() && 4*c.flight.free() >= c.flight.size {
		c.room.Broadcast()
	}
}

// limitSilence shortens how long the host may be silent, until it sends something.
func (c *conn) limitSilence(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.watchdog.shorten(d, c.flight.pending())
}

// alive reports whether the connection can still be used.
func (c *conn) alive() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.err == nil
}

// lostFor returns why the connection is lost, or nil.
func (c *conn) lostFor() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.err
}

// history reports whether the host has ever answered a message, and whether the
// connection was lost because the host was silent.
func (c *conn) history() (answered, silent bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.flight.answered > 0, c.err == errHostSilent
}

// fail records why the connection is lost, if it is not lost yet. The reader goes on for
// a moment, for answers that are on their way.
func (c *conn) fail(err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.err == nil {
		c.err = err
		close(c.failed)
		c.room.Broadcast()
		_ = c.raw.SetReadDeadline(time.Now().Add(linger)) // fails only where Read fails too
	}
}

// close closes the connection, and waits until all its messages are resolved.
func (c *conn) close() {
	c.fail(ErrClosed)
	c.raw.Close() // an error here changes nothing: the connection is abandoned
	<-c.done
}
