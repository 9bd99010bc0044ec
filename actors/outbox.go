package actors

import (
	"cmp"
	"net"
	"time"
)

// outbox gathers the frames that an actor says on its connection and writes
// them in one go.
type outbox struct {
	conn     net.Conn
	timeout  time.Duration // of one write: a peer that does not read stalls only its own actor, and not for long
	maxWrite int           // of how many bytes at the most; 0 is all
	buf      []byte
}

// due tells whether it is time to write: when nothing waits in the actor's
// mailbox that might add to it, or when there is much.
func (o *outbox) shouldFlush(idle bool) bool { return idle || len(o.buf) > writeSize }

// flush writes what has gathered. After an error what was not written is there still:
// if the error is os.ErrDeadlineExceeded, the other side does not read fast enough, and
// it may be tried again.
func (o *outbox) flush() error {
	written, most := 0, cmp.Or(o.maxWrite, len(o.buf))
	defer func() { o.keepUnwritten(o.buf[written:]) }()
	for written < len(o.buf) {
		if err := o.conn.SetWriteDeadline(time.Now().Add(o.timeout)); err != nil {
			return err
		}
		n, err := o.conn.Write(o.buf[written:min(len(o.buf), written+most)])
		if written += n; err != nil {
			return err
		}
	}
	return nil
}

// keep keeps what was not written. The memory of what was long once is given back.
func (o *outbox) keepUnwritten(rest []byte) {
	if o.buf = o.buf[:copy(o.buf, rest)]; len(o.buf) == 0 && cap(o.buf) > 2*writeSize {
		o.buf = nil
	}
}

// finish writes what has gathered, if that can be done at once, and takes no
// more.
func (o *outbox) finish() {
	o.timeout, o.maxWrite = min(o.timeout, time.Second), 0
	if err := o.flush(); err != nil {
		o.buf = nil
	}
}

// writeSize is from how many bytes on a log is written although more waits.
const writeSize = 1 << 20
