package actors

import (
	"time"

	"xlattice.org/zog/internal/schedule"
)

// readDeadline is the deadline of reads. A frame must be complete within a timeout, the first frame
// or one that has begun. With a large buffer a read also ends after a short time without a byte, so
// that the buffer can shrink. The zero value has no timeout for frames.
type readDeadline struct {
	timeout func() time.Duration // nil is none

	frameDue  time.Time // when the expected frame must be complete; zero if none is expected
	shrinkDue time.Time // when the buffer is to shrink; zero if it is small
	current   time.Time // the deadline that the connection has
}

// bufferIdle is how long a busy connection may pause, at least, before its buffer shrinks. It is
// twice as long at most.
const bufferIdle = time.Second

// errFrameTimeout ends a connection on which an expected frame is not complete in time.
const errFrameTimeout violation = "no whole frame in time"

// next returns the deadline of the next read, zero for none, and whether the connection has another
// one now. expected says that a frame is expected, large that the buffer is.
func (w *readDeadline) next(expected, large bool) (at time.Time, changed bool) {
	expected = expected && w.timeout != nil
	if !expected {
		w.frameDue = time.Time{}
	}
	if !large {
		w.shrinkDue = time.Time{}
	}
	if large || expected && w.frameDue.IsZero() {
		now := time.Now()
		if expected && w.frameDue.IsZero() {
			w.frameDue = now.Add(w.timeout())
		}
		if large && w.shrinkDue.Sub(now) < bufferIdle {
			w.shrinkDue = now.Add(2 * bufferIdle) // a busy connection gets one a second, not one a read
		}
	}
	at = w.frameDue
	if at.IsZero() || !w.shrinkDue.IsZero() && w.shrinkDue.Before(at) {
		at = w.shrinkDue
	}
	changed = !at.Equal(w.current)
	w.current = at
	return at, changed
}

// reset starts the timeout again at the next read: a frame has come, or we did not read.
func (w *readDeadline) reset() { w.frameDue = time.Time{} }

// check returns an error if a deadline has passed. If the alarm is late, this process was stopped:
// what has come meanwhile is read first.
func (w *readDeadline) check(now time.Time) error {
	switch {
	case w.frameDue.IsZero() || now.Before(w.frameDue):
	case schedule.Late(w.frameDue, now):
		w.reset()
	default:
		return errFrameTimeout
	}
	return nil
}
