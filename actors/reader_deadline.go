package actors

import (
	"time"

	"xlattice.org/zog/internal/schedule"
)

// wait is how long a reader waits for bytes: for the rest of a frame, and for the first
// one, no longer than patience; and for anything at all with a large buffer only a
// little while. The zero value waits for ever for a frame.
type readDeadline struct {
	timeout func() time.Duration // nil is for ever

	frameDue  time.Time // when the frame that is to come must be there; zero if none is
	shrinkDue time.Time // when a large buffer is given up; zero if there is none
	current   time.Time // the deadline of the connection
}

// quiet is how long a busy connection may pause before its buffer is given up.
const bufferIdle = time.Second

// errSlow ends a connection on which a frame, the first or one that was begun, is not
// there in time.
const errFrameTimeout violation = "no whole frame in time"

// until returns when reading is to end without a byte: zero for never. Changed says that
// the connection has another deadline now.
func (w *readDeadline) next(owed, large bool) (at time.Time, changed bool) {
	owed = owed && w.timeout != nil
	if !owed {
		w.frameDue = time.Time{}
	}
	w.shrinkDue = time.Time{}
	if large || owed && w.frameDue.IsZero() {
		now := time.Now()
		if owed && w.frameDue.IsZero() {
			w.frameDue = now.Add(w.timeout())
		}
		if large {
			w.shrinkDue = now.Add(bufferIdle)
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

// anew has the wait for a frame begin anew: one has come, or we did not listen.
func (w *readDeadline) reset() { w.frameDue = time.Time{} }

// over judges a deadline that has passed. One that is late proves nothing: what has come
// meanwhile is read first.
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
