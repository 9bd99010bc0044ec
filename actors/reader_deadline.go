package actors

import (
	"time"

	"xlattice.org/zog/internal/schedule"
)

// wait is how long a reader waits for bytes: for the rest of a frame, and for the first
// one, no longer than patience; and for anything at all with a large buffer only a
// little while. The zero value waits for ever for a frame.
type wait struct {
	patience func() time.Duration // nil is for ever

	due  time.Time // when the frame that is to come must be there; zero if none is
	idle time.Time // when a large buffer is given up; zero if there is none
	set  time.Time // the deadline of the connection
}

// quiet is how long a busy connection may pause before its buffer is given up.
const quiet = time.Second

// errSlow ends a connection on which a frame, the first or one that was begun, is not
// there in time.
const errSlow violation = "no whole frame in time"

// until returns when reading is to end without a byte: zero for never. Changed says that
// the connection has another deadline now.
func (w *wait) until(owed, large bool) (at time.Time, changed bool) {
	owed = owed && w.patience != nil
	if !owed {
		w.due = time.Time{}
	}
	w.idle = time.Time{}
	if large || owed && w.due.IsZero() {
		now := time.Now()
		if owed && w.due.IsZero() {
			w.due = now.Add(w.patience())
		}
		if large {
			w.idle = now.Add(quiet)
		}
	}
	at = w.due
	if at.IsZero() || !w.idle.IsZero() && w.idle.Before(at) {
		at = w.idle
	}
	changed = !at.Equal(w.set)
	w.set = at
	return at, changed
}

// anew has the wait for a frame begin anew: one has come, or we did not listen.
func (w *wait) anew() { w.due = time.Time{} }

// over judges a deadline that has passed. One that is late proves nothing: what has come
// meanwhile is read first.
func (w *wait) over(now time.Time) error {
	switch {
	case w.due.IsZero() || now.Before(w.due):
	case schedule.Late(w.due, now):
		w.anew()
	default:
		return errSlow
	}
	return nil
}
