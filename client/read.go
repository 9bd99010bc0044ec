package client

import (
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"xlattice.org/zog/internal/frame"
	"xlattice.org/zog/internal/trust"
	"xlattice.org/zog/messages/pzog"
)

// readBufferSize is enough for thousands of Oks, and for any frame, in bytes.
const readBufferSize = 64 << 10

// read takes answers until the connection ends, and then resolves the messages that are
// left.
func (c *conn) read() {
	defer close(c.done)
	err := c.readLoop()
	c.fail(err)
	if _, down := err.(*dialError); down { // says more than a write that failed for it
		c.mu.Lock()
		c.err = err
		c.mu.Unlock()
	}
	c.raw.Close() // unblocks the writer; why the connection is lost is known already
	<-c.writerDone
	if reason := c.lostFor(); reason != ErrClosed {
		c.cfg.hostLost(c.host, reason)
	}
	c.resolveRest()
}

// readLoop returns why the connection ended.
func (c *conn) readLoop() error {
	var in frame.Frame
	var scratch []owned
	buf := make([]byte, 0, readBufferSize)
	for {
		n, err := c.raw.Read(buf[len(buf):cap(buf)])
		if n > 0 {
			buf = buf[:len(buf)+n]
			used, err := c.handleFrames(buf, &in, &scratch)
			if err != nil {
				return err
			}
			buf = buf[:copy(buf, buf[used:])]
		}
		switch {
		case errors.Is(err, os.ErrDeadlineExceeded):
			err = c.checkSilence()
		case errors.Is(err, io.EOF):
			err = errHostClosed
		case err != nil && trust.IsRefused(err): // of the handshake, so that nothing was taken
			return &dialError{c.host, c.cfg.explain(err, c.raw, c.host)}
		}
		if err != nil {
			return err
		}
	}
}

// checkSilence sends a keep-alive or declares the connection lost, as the watchdog says.
// The reader calls it when it has read nothing until nextCheck.
func (c *conn) checkSilence() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.err != nil { // the linger time is over
		return c.err
	}
	switch c.watchdog.check(time.Now(), c.flight.pending()) {
	case probe:
		c.queueKeepAlive()
	case declareLost:
		return errHostSilent
	}
	return c.raw.SetReadDeadline(c.watchdog.nextCheck)
}

// handleFrames handles all complete frames at the front of buf, and returns how many bytes
// they are. in and scratch are reused, to avoid allocations.
func (c *conn) handleFrames(buf []byte, in *frame.Frame, scratch *[]owned) (used int, err error) {
	for {
		body, n, err := frame.Split(buf[used:], frame.ClientLimit)
		if err != nil {
			return used, err
		}
		if n == 0 {
			c.noteReceived()
			return used, nil
		}
		if err := frame.Decode(body, in); err != nil {
			return used, err
		}
		switch in.Kind {
		case frame.OkKind:
			err = c.handleOk(&in.Ok, scratch)
		case frame.Ack: // a sign of life, unless it refuses the connection
			if in.Ack.Refused != "" {
				err = refusedFor(c.host, in.Ack.Refused)
			}
		default:
			err = errUnexpectedFrame
		}
		if err != nil {
			return used, err
		}
		used += n
	}
}

func (c *conn) noteReceived() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.watchdog.noteReceived()
}

// refusedFor returns why a connection that the host refuses is lost. A peer port takes nothing
// from clients, so it is as if the host could not be reached.
func refusedFor(host, reason string) error {
	if why := notTaken(reason); why != nil {
		return &dialError{host, why}
	}
	return fmt.Errorf("the host refuses the connection: %s", reason)
}

// handleOk resolves the messages that an Ok answers: all up to and including its id. A
// refusal is about the last of them only (docs/protocol.md, 6).
func (c *conn) handleOk(ok *frame.Ok, scratch *[]owned) error {
	c.mu.Lock()
	before := c.flight.answered
	answered, err := c.flight.answer(ok.ID, (*scratch)[:0])
	c.admitWaiters()
	c.mu.Unlock()
	if err != nil {
		return err
	}
	refused, n := ok.Refusal != pzog.Refusal_NONE, int(ok.ID-before)
	last := &answered[len(answered)-1]
	if refused {
		last.n--
	}
	o, detail := outcome{host: c.host, copies: int(ok.Copies)}, ""
	if !refused { // otherwise both are about the one that is refused
		o.id, detail = firstAnswered(ok, n), ok.Detail
	}
	resolveKept(answered, o, detail)
	if refused {
		last.sender.resolve(1, outcome{host: c.host, err: &RefusedError{Refusal: Refusal(ok.Refusal), Detail: ok.Detail, Host: c.host}})
	}
	clear(answered)
	*scratch = answered
	return nil
}

// resolveKept resolves messages that a host holds. detail says which hosts lack them.
func resolveKept(messages []owned, o outcome, detail string) {
	for _, r := range messages {
		if r.n == 0 {
			continue
		}
		own := o
		if want := r.sender.copies(); o.copies < want {
			own.err = &CopiesError{Have: o.copies, Want: want, Detail: detail}
		}
		r.sender.resolve(r.n, own)
		o = o.behind(r.n)
	}
}

// resolveRest resolves the messages that were not answered. The writer has ended and the
// reader is about to, so the flight does not change any more.
func (c *conn) resolveRest() {
	c.mu.Lock()
	lost, unsent := c.flight.abandon()
	e := &lostError{host: c.host, cause: c.err, firstSent: c.flight.sentAfter, forwardedUntil: time.Now()}
	if c.err == errHostSilent { // if it still ran, it has forwarded what it read; it reads nothing later
		e.forwardedUntil = c.watchdog.lastSent
	}
	c.mu.Unlock()
	if _, down := e.cause.(*dialError); down { // nothing was taken
		lost, unsent = nil, append(lost, unsent...)
	}
	resolveAll(lost, outcome{host: c.host, err: e})
	resolveAll(unsent, outcome{unsent: true, err: e.cause})
}

func resolveAll(messages []owned, o outcome) {
	for _, r := range messages {
		if r.n > 0 {
			r.sender.resolve(r.n, o)
		}
	}
}
