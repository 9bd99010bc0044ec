// Package schedule decides when a connection is due a keep-alive, when it has
// been silent for too long, and how often a peer that is down is dialled. It is
// given the time and keeps no state.
package schedule

import "time"

const (
	// Urgent is how long a peer that lacks something waits for our marks: a lost
	// last message heals in seconds, not at the next keep-alive (DESIGN 5, which
	// allows a second). A hole is asked for at the second word of it.
	Urgent = 500 * time.Millisecond
	// MaxSilence is the longest that any connection may be silent, as the original
	// text says.
	MaxSilence = 300 * time.Second
	// patience is how long a peer that owes an answer may be silent (DESIGN 11). A
	// peer that is busy says something every half second.
	patience = 5 * time.Second
	// missed is how many of the intervals that the other side has promised to keep may
	// go by in silence.
	missed = 3
	// lateness is how much later than it should an alarm may ring and still be
	// believed.
	lateness = 500 * time.Millisecond
)

// Late tells whether an alarm rings so late that this process was stopped or
// starved. Then nobody is judged by it: what the other side has said meanwhile may
// not have been read yet.
func Late(due, now time.Time) bool { return now.Sub(due) > lateness }

// Missed returns for how long, at the least, this process has not run when an alarm rings
// so late. By the timers, which stand still while the machine is suspended, it was stopped
// or starved. What the clock says beyond that was skipped: the machine was suspended, or
// the clock was set. What is shorter than missedLeast is 0.
func Missed(byTimers, byClock time.Duration) (stopped, skipped time.Duration) {
	return noticed(byTimers), noticed(byClock - byTimers)
}

// missedLeast is what is worth a line.
const missedLeast = 2 * time.Second

func noticed(d time.Duration) time.Duration {
	if d < missedLeast {
		return 0
	}
	return d.Round(time.Second / 10)
}

// Limits are the times of the ring file.
type Limits struct {
	// Interval is the longest that a dialler is silent.
	Interval time.Duration
	// Timeout is the longest that the other side may be, unless it has promised to
	// speak less often.
	Timeout time.Duration
}

// Line is a connection as the scheduler sees it.
type Conn struct {
	Heard   time.Time // the last byte received
	Spoke   time.Time // the last KeepAlive sent
	Dialled bool      // we speak first
	Behind  bool      // the peer lacks something
	// Owed is since when the other side has owed an answer; zero if it owes none. The
	// accepting side never waits for one.
	Owed time.Time
	// Promised is how often the dialling side has said that it speaks; 0 if it has not
	// said so.
	Promised time.Duration
	// Awake is since when this process has run without a stop. Silence before that is
	// not held against the other side.
	Awake time.Time
}

// Act is what to do about a connection.
type Action uint8

// A connection is left alone, sent a KeepAlive, or closed.
const (
	Wait Action = iota
	Speak
	Close
)

// Decide returns what to do now, and when to look again.
func (l Limits) Decide(line Conn, now time.Time) (Action, time.Time) {
	dead := l.dead(line)
	if !now.Before(dead) {
		return Close, dead
	}
	if !line.Dialled {
		return Wait, dead
	}
	// A debt that begins after this look is seen at the next, before it can count.
	again := earliest(dead, now.Add(l.patience()/2))
	pause := l.Interval
	if line.Behind {
		pause = min(pause, Urgent)
	}
	due := line.Spoke.Add(pause)
	if now.Before(due) {
		return Wait, earliest(due, again)
	}
	return Speak, earliest(now.Add(pause), again)
}

// dead returns when a connection counts as dead if nothing is heard until then. A
// peer that owes nothing is not dead, however long it is silent, up to MaxSilence; one
// that owes an answer has half of the patience for it at the least.
func (l Limits) dead(line Conn) time.Time {
	heard := latest(line.Heard, line.Awake)
	longest := heard.Add(MaxSilence)
	switch {
	case !line.Dialled:
		return earliest(longest, heard.Add(max(l.Timeout, missed*line.Promised)))
	case line.Owed.IsZero():
		return longest
	}
	owed := latest(line.Owed, line.Awake)
	return earliest(longest, latest(heard.Add(l.patience()), owed.Add(l.patience()/2)))
}

func (l Limits) patience() time.Duration { return min(patience, l.Timeout) }

const (
	// lately is how long after it was up a peer is dialled often.
	lately = 24 * time.Hour
	// often is the longest time from one dial to the next, for as long.
	often = time.Second
)

// MaxPause returns the longest time from one dial to the next to a peer that has been
// away for so long. most is the longest that the ring file allows.
func MaxPause(most, away time.Duration) time.Duration {
	if away < lately {
		return min(most, often)
	}
	return most
}

func earliest(a, b time.Time) time.Time {
	if a.Before(b) {
		return a
	}
	return b
}

func latest(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}
