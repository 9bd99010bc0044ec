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

// conn is one end of a connection. It reads from one stream and writes to the other.
type conn struct {
	local, remote netip.AddrPort
	in, out       *stream
	abrupt        atomic.Bool // Close resets
}

func (c *conn) Read(b []byte) (int, error) {
	n, err := c.in.read(b)
	return n, c.explain("read", err)
}

// ReadNow reads what has come, without waiting. If it is nothing, n is 0 and err is nil.
func (c *conn) ReadNow(b []byte) (n int, err error) {
	n, err = c.in.readNow(b)
	return n, c.explain("read", err)
}

func (c *conn) Write(b []byte) (int, error) {
	n, err := c.out.write(b)
	return n, c.explain("write", err)
}

// CloseWrite closes the writing side: the peer reads what was written, and then io.EOF.
func (c *conn) CloseWrite() error {
	return c.explain("close", c.out.closeWrite(syscall.EPIPE, io.EOF))
}

// SetLinger is that of TCP: with 0, Close resets the connection. Other values do nothing.
func (c *conn) SetLinger(seconds int) error {
	c.abrupt.Store(seconds == 0)
	return nil
}

// Close closes the connection. The peer can still read what was written before, and then io.EOF, or
// after SetLinger(0) an error that wraps ECONNRESET. A second Close returns net.ErrClosed.
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

// writeError returns the error of writes to a peer that has closed, when reads at that peer's other side
// end with last.
func writeError(last error) error {
	if last == io.EOF {
		return syscall.EPIPE
	}
	return last
}

// explain wraps an error as package net does, except io.EOF.
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
