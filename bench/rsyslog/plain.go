package rsyslog

import (
	"bufio"
	"context"
	"net"

	"xlattice.org/zog/bench/system"
)

// priority begins each message: facility user, severity notice.
const priority = "<13>"

// plainClient implements [system.Client]: syslog over TCP, a line a message.
type plainClient struct {
	conn net.Conn
	out  *bufio.Writer
	now  bool // each message leaves at once
}

func newPlain(conn net.Conn, w system.Work) *plainClient {
	return &plainClient{conn, bufio.NewWriterSize(conn, 64<<10), w.Rate != 0}
}

// Send implements [system.Client].
func (c *plainClient) Send(text []byte, acked func(error)) error {
	_, _ = c.out.WriteString(priority) // the last write tells of any error
	_, _ = c.out.Write(text)
	err := c.out.WriteByte('\n')
	if err == nil && c.now {
		err = c.out.Flush()
	}
	if acked != nil {
		acked(err)
	}
	return err
}

// Flush implements [system.Client].
func (c *plainClient) Flush(context.Context) error { return c.out.Flush() }

// Close implements [system.Client].
func (c *plainClient) Close() error { return c.conn.Close() }
