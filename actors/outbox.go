package actors

import (
	"net"
	"time"
)

// outbox gathers the frames that an actor says on its connection and writes
// them in one go.
type outbox struct {
	conn    net.Conn
	timeout time.Duration // of one write: a peer that does not read stalls only its own actor, and not for long
	buf     []byte
}

// due tells whether it is time to write: when nothing waits in the actor's
// mailbox that might add to it, or when there is much.
func (o *outbox) due(idle bool) bool { return idle || len(o.buf) > writeSize }

// flush writes what has gathered. After an error what was not written is there still:
// if the error is os.ErrDeadlineExceeded, the other side does not read fast enough, and
// it may be tried again.
func (o *outbox) flush() error {
	if len(o.buf) == 0 {
		return nil
	}
	if err := o.conn.SetWriteDeadline(time.Now().Add(o.timeout)); err != nil {
		return err
	}
	n, err := o.conn.Write(o.buf)
	o.buf = o.buf[:copy(o.buf, o.buf[n:])]
	return err
}

// finish writes what has gathered, if that can be done at once, and takes no
// more.
func (o *outbox) finish() {
	o.timeout = min(o.timeout, time.Second)
	if err := o.flush(); err != nil {
		o.buf = nil
	}
}
