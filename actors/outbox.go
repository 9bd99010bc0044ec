package actors

import (
	"cmp"
	"net"
	"time"
)

// outbox collects the frames that an actor sends on its connection, and writes them together.
type outbox struct {
	conn     net.Conn
	timeout  time.Duration // the least of one write, which blocks only this actor
	maxWrite int           // bytes of one write; 0 is all
	buf      []byte
	deadline time.Time // the present one of conn, for writes
}

// shouldFlush tells whether it is time to write: the actor's mailbox is empty, or much has been
// collected.
func (o *outbox) shouldFlush(idle bool) bool { return idle || len(o.buf) > writeSize }

// flush writes what was collected. After an error the rest is still there. If the error is
// os.ErrDeadlineExceeded, the other side does not read fast enough, and flush may be called
// again.
func (o *outbox) flush() error {
	written, most := 0, cmp.Or(o.maxWrite, len(o.buf))
	defer func() { o.keepUnwritten(o.buf[written:]) }()
	for written < len(o.buf) {
		if err := o.setDeadline(time.Now()); err != nil {
			return err
		}
		n, err := o.conn.Write(o.buf[written:min(len(o.buf), written+most)])
		if written += n; err != nil {
			return err
		}
	}
	return nil
}

// deadlineKept is how long a deadline for writes is kept. Most writes take microseconds, and the
// timer behind a deadline costs as much as a good part of one.
const deadlineKept = time.Second

// setDeadline gives a write that begins now at least timeout, and at most so much more as a deadline
// is kept: a second, or a timeout if that is shorter.
func (o *outbox) setDeadline(now time.Time) error {
	kept := min(deadlineKept, o.timeout)
	if left := o.deadline.Sub(now); o.timeout <= left && left <= o.timeout+kept {
		return nil
	}
	o.deadline = now.Add(o.timeout + kept)
	return o.conn.SetWriteDeadline(o.deadline)
}

// keepUnwritten keeps the rest of the buffer. It releases the memory of a large buffer.
func (o *outbox) keepUnwritten(rest []byte) {
	if o.buf = o.buf[:copy(o.buf, rest)]; len(o.buf) == 0 && cap(o.buf) > 2*writeSize {
		o.buf = nil
	}
}

// finish makes the last write, which must not block for long.
func (o *outbox) finish() {
	o.timeout, o.maxWrite = min(o.timeout, time.Second)/2, 0 // a deadline may be twice as long
	if err := o.flush(); err != nil {
		o.buf = nil
	}
}

// writeSize is from how many bytes on something is written although more is to come: frames to
// a connection, lines to the log.
const writeSize = 1 << 20
