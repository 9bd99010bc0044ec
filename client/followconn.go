package client

import (
	"context"
	"errors"
	"io"
	"net"
	"os"
	"time"

	"xlattice.org/zog/internal/frame"
	"xlattice.org/zog/internal/trust"
	"xlattice.org/zog/messages/pzog"
)

// followConn is a connection on which a host sends its log. The loop over the messages reads
// it, so that it has no goroutine, and sends keep-alives between two reads. A follower is always
// owed something: a host with nothing to send gives signs of life.
type followConn struct {
	cfg      *Config
	raw      net.Conn
	host     string // its address, for errors
	index    int    // the client's number of the host
	ctx      context.Context
	stop     func() bool
	watchdog watchdog
	allowed  time.Duration
	unread   bool // in is the first frame, which first has not returned yet

	buf  []byte
	used int // the bytes of buf that were decoded
	in   frame.Frame
}

// follow opens a connection on which host i sends what f has not seen, and waits for its first
// frame. The connection ends with ctx, the dial also with within and after patience. The error is
// a dialError if the host cannot be followed.
func (c *Client) follow(ctx, within context.Context, i int, patience time.Duration, f *follower) (*followConn, error) {
	address := c.hosts[i].address
	attempt, cancel := context.WithTimeout(within, patience)
	defer cancel()
	raw, err := c.dial(attempt, address)
	if err != nil {
		if within.Err() == nil { // otherwise the caller ended the dial
			c.backOff(i)
		}
		return nil, &dialError{address, err}
	}
	fc := &followConn{
		cfg: &c.cfg, raw: raw, host: address, index: i, ctx: ctx, watchdog: newWatchdog(&c.cfg, time.Now()), allowed: c.cfg.Silence,
		buf: make([]byte, 0, readBufferSize),
	}
	fc.stop = context.AfterFunc(ctx, func() { raw.Close() }) // ends a read or a write that waits
	if err = fc.ask(f); err == nil {
		_, err = fc.next()
	}
	if err == nil {
		fc.unread = true
		return fc, nil
	}
	fc.close()
	if ctx.Err() != nil {
		return nil, contextCause(ctx)
	}
	return nil, c.unfollowable(i, err)
}

// unfollowable begins the backoff of a host that cannot be followed, and returns a dialError.
func (c *Client) unfollowable(i int, err error) error {
	if errors.Is(err, errHostSilent) {
		c.mu.Lock()
		c.picker.wentSilent(i, time.Now())
		c.mu.Unlock()
	} else {
		c.backOff(i)
	}
	if down := (*dialError)(nil); errors.As(err, &down) {
		return down
	}
	return &dialError{c.hosts[i].address, err}
}

// ask says what is to be followed.
func (c *followConn) ask(f *follower) error {
	k := c.keepAlive()
	k.Follow = true
	if !f.resolved {
		k.SinceMs, k.Last = f.place.sinceMS(), f.place.last
	} else {
		for _, m := range f.seen.Marks() {
			k.Marks = append(k.Marks, &pzog.Mark{Origin: m.Origin, Boot: m.Boot, Seq: m.Seq})
		}
	}
	return c.send(k, c.allowed)
}

func (c *followConn) keepAlive() *pzog.KeepAlive {
	return &pzog.KeepAlive{Version: protocolVersion, IntervalMs: uint32(c.watchdog.keepAlive / time.Millisecond)}
}

// writePiece is how many bytes are written with one deadline: a host that reads a long vector
// slowly is not silent.
const writePiece = 32 << 10

// send writes a KeepAlive. Each piece may take so long.
func (c *followConn) send(k *pzog.KeepAlive, within time.Duration) error {
	out := frame.AppendKeepAlive(nil, k, frame.ClientLimit)
	for len(out) > 0 {
		piece := out[:min(len(out), writePiece)]
		out = out[len(piece):]
		_ = c.raw.SetWriteDeadline(time.Now().Add(within)) // fails only where Write fails too
		_, err := c.raw.Write(piece)
		switch {
		case errors.Is(err, os.ErrDeadlineExceeded):
			return errHostSilent
		case err != nil:
			return c.explain(err)
		}
	}
	if c.watchdog.noteSent(time.Now()) {
		_ = c.raw.SetReadDeadline(c.watchdog.nextCheck) // fails only where Read fails too
	}
	return nil
}

// first returns the next frame, beginning with the one for which follow has waited.
func (c *followConn) first() (*frame.Frame, error) {
	if c.unread {
		c.unread = false
		return &c.in, nil
	}
	return c.next()
}

// next returns the next frame, Data or Ack, which is valid until the next call. The error says
// why the connection is lost.
func (c *followConn) next() (*frame.Frame, error) {
	for {
		body, n, err := frame.Split(c.buf[c.used:], frame.ClientLimit)
		if err != nil {
			return nil, err
		}
		if n == 0 {
			if err := c.fill(); err != nil {
				return nil, err
			}
			continue
		}
		c.used += n
		if err := frame.Decode(body, &c.in); err != nil {
			return nil, err
		}
		switch {
		case c.in.Kind == frame.DataKind:
		case c.in.Kind == frame.OkKind && c.in.Ok.Refusal != pzog.Refusal_NONE:
			refused := &RefusedError{Refusal: Refusal(c.in.Ok.Refusal), Detail: c.in.Ok.Detail, Host: c.host}
			return nil, &dialError{c.host, refused}
		case c.in.Kind != frame.Ack:
			return nil, errUnexpectedFrame
		case c.in.Ack.Refused != "":
			return nil, refusedFor(c.host, c.in.Ack.Refused)
		}
		return &c.in, nil
	}
}

// fill reads more bytes. The frames that were returned are not valid any more.
func (c *followConn) fill() error {
	c.buf = c.buf[:copy(c.buf, c.buf[c.used:])]
	c.used = 0
	for {
		n, err := c.raw.Read(c.buf[len(c.buf):cap(c.buf)])
		switch {
		case n > 0:
			c.buf = c.buf[:len(c.buf)+n]
			c.watchdog.noteReceived()
			return nil
		case errors.Is(err, os.ErrDeadlineExceeded):
			err = c.checkSilence()
		case err != nil:
			err = c.explain(err)
		}
		if err != nil {
			return err
		}
	}
}

// checkSilence sends a keep-alive or declares the connection lost, as the watchdog says.
func (c *followConn) checkSilence() error {
	switch c.watchdog.check(time.Now(), true) {
	case probe:
		// Half of the silence that is allowed has passed.
		if err := c.send(c.keepAlive(), c.allowed/2); err != nil {
			return err
		}
	case declareLost:
		return errHostSilent
	}
	_ = c.raw.SetReadDeadline(c.watchdog.nextCheck) // fails only where Read fails too
	return nil
}

// explain returns why a read or a write failed.
func (c *followConn) explain(err error) error {
	switch {
	case c.ctx.Err() != nil:
		return contextCause(c.ctx)
	case errors.Is(err, io.EOF):
		return errHostClosed
	case trust.IsRefused(err):
		return c.cfg.explain(err, c.raw, c.host)
	}
	return err
}

func (c *followConn) close() {
	c.stop()
	c.raw.Close() // an error here changes nothing: the connection is abandoned
}
