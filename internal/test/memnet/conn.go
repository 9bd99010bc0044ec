package memnet

import (
	"errors"
	"io"
	"net"
	"net/netip"
	"sync/atomic"
	"syscall"
	"time"
)

// conn is one end of a connection: it reads from one stream and writes to the
// other, and its peer the other way round.
type conn struct {
	local, remote netip.AddrPort
	in, out       *stream
	abrupt        atomic.Bool // Close resets
}

func (c *conn) Read(b []byte) (int, error) {
	n, err := c.in.read(b)
	return n, c.explain("read", err)
}

func (c *conn) Write(b []byte) (int, error) {
	n, err := c.out.write(b)
	return n, c.explain("write", err)
}

// CloseWrite lets the peer read what was written, and then io.EOF. Reading goes
// on.
func (c *conn) CloseWrite() error {
	return c.explain("close", c.out.closeWrite(syscall.EPIPE, io.EOF))
}

// SetLinger is as for TCP: with 0, Close resets the connection instead of
// ending it in order. Other values do nothing.
func (c *conn) SetLinger(seconds int) error {
	c.abrupt.Store(seconds == 0)
	return nil
}

// Close ends the connection. What was written before can still be read by the
// peer, which then reads io.EOF, or an error that is ECONNRESET after
// SetLinger(0). A second Close gives net.ErrClosed.
func (c *conn) Close() error {
	last := io.EOF
	if c.abrupt.Load() {
		last = syscall.ECONNRESET
	}
	closed := errors.Join(c.out.closeWrite(net.ErrClosed, last), c.in.closeRead(net.ErrClosed, writeError(last)))
	if closed != nil {
		return c.explain("close", net.ErrClosed)
	}
	return nil
}

// writeError returns what writing fails with once the peer has closed, and its own
// direction has ended with this error.
func writeError(last error) error {
	if last == io.EOF {
		return syscall.EPIPE
	}
	return last
}

// explain wraps an error as package net does, all but io.EOF.
func (c *conn) explain(op string, err error) error {
	if err == nil || err == io.EOF {
		return err
	}
	return &net.OpError{Op: op, Net: "memory", Source: c.LocalAddr(), Addr: c.RemoteAddr(), Err: err}
}

func (c *conn) LocalAddr() net.Addr  { return net.TCPAddrFromAddrPort(c.local) }
func (c *conn) RemoteAddr() net.Addr { return net.TCPAddrFromAddrPort(c.remote) }

func (c *conn) SetDeadline(t time.Time) error {
	return errors.Join(c.SetReadDeadline(t), c.SetWriteDeadline(t))
}

func (c *conn) SetReadDeadline(t time.Time) error {
	return c.explain("set", c.in.readUntil(t))
}

func (c *conn) SetWriteDeadline(t time.Time) error {
	return c.explain("set", c.out.writeUntil(t))
}
