// Package schedule decides when a connection is due a keep-alive and when it
// has been silent for too long. It is given the time and keeps no state.
package schedule

import "time"

// Urgent is how long a peer that lacks something waits for our marks: a lost
// last message heals in seconds, not at the next keep-alive (DESIGN 5, which
// allows a second). A hole is asked for at the second word of it.
const Urgent = 500 * time.Millisecond

// Limits are the times of the ring file.
type Limits struct {
	// Interval is the longest that a dialler is silent.
	Interval time.Duration
	// Timeout is the longest that the other side may be.
	Timeout time.Duration
}

// Line is a connection as the scheduler sees it.
type Line struct {
	Heard   time.Time // the last byte received
	Spoke   time.Time // the last KeepAlive sent
	Dialled bool      // we speak first
	Behind  bool      // the peer lacks something
}

// Act is what to do about a connection.
type Act uint8

// A connection is left alone, sent a KeepAlive, or closed.
const (
	Wait Act = iota
	Speak
	Close
)

// Decide returns what to do now, and when to look again.
func (l Limits) Decide(line Line, now time.Time) (Act, time.Time) {
	silent := line.Heard.Add(l.Timeout)
	if !now.Before(silent) {
		return Close, silent
	}
	if !line.Dialled {
		return Wait, silent
	}
	pause := l.Interval
	if line.Behind {
		pause = min(pause, Urgent)
	}
	due := line.Spoke.Add(pause)
	if now.Before(due) {
		return Wait, earliest(due, silent)
	}
	return Speak, earliest(now.Add(pause), silent)
}

func earliest(a, b time.Time) time.Time {
	if a.Before(b) {
		return a
	}
	return b
}
