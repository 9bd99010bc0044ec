//go:build unix

package tlsconn

import (
	"net"
	"os"
	"syscall"
)

// readsNow returns a nowReader of a connection.
func readsNow(conn net.Conn) nowReader {
	if now, ok := conn.(nowReader); ok {
		return now
	}
	s, ok := conn.(syscall.Conn)
	if !ok {
		return noneNow{}
	}
	raw, err := s.SyscallConn()
	if err != nil {
		return noneNow{}
	}
	d := &descriptor{conn: conn, raw: raw}
	d.read = d.readOnce // made once, not at each read
	return d
}

// descriptor reads now from a file descriptor, which does not block.
type descriptor struct {
	conn net.Conn
	raw  syscall.RawConn
	read func(fd uintptr) bool

	buf []byte
	n   int
	err error
}

func (d *descriptor) readOnce(fd uintptr) bool {
	d.n, d.err = syscall.Read(int(fd), d.buf)
	return true
}

// ReadNow implements nowReader.
func (d *descriptor) ReadNow(b []byte) (int, error) {
	d.buf, d.n, d.err = b, 0, nil
	err := d.raw.Read(d.read)
	d.buf = nil
	switch {
	case err != nil: // it is closed, or its deadline has passed: the next Read finds that out
		return 0, nil
	case d.err == nil:
		return d.n, nil
	case d.err == syscall.EAGAIN || d.err == syscall.EINTR:
		return 0, nil
	}
	return 0, &net.OpError{Op: "read", Net: "tcp", Addr: d.conn.RemoteAddr(), Err: os.NewSyscallError("read", d.err)}
}
