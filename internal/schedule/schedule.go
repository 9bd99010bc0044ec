// Package schedule decides when a keep-alive is due on a connection, when a connection has
// been silent for too long, how often a peer that is down is dialled, and when
// acknowledgements are sent. It is given the time and keeps no state.
package schedule

import "time"

const (
	// Urgent is the interval of keep-alives to a peer that lacks something. So a lost last
	// message is repaired within a second, not at the next regular keep-alive, and a hole is
	// asked for at the second one.
	Urgent = 500 * time.Millisecond
	// maxSilence is how long any connection may be silent (docs/protocol.md, 10).
	maxSilence = 300 * time.Second
	// answerTimeout is how long a peer that owes an answer may be silent. A busy peer sends a
	// sign of life every half second.
	answerTimeout = 5 * time.Second
	// missedIntervals is how many intervals of the other side may pass in silence.
	missedIntervals = 3
	// maxLateness is how late an alarm may be before it counts as Late.
	maxLateness = 500 * time.Millisecond
)

// Late reports whether an alarm is so late that this process was stopped or starved. Then it
// must not be held against the other side: what that has sent meanwhile may not have been
// read yet.
func Late(due, now time.Time) bool { return now.Sub(due) > maxLateness }

// Missed returns how long this process did not run before a late alarm, at least. stopped is
// by the timers, which stand still while the machine is suspended: the process was stopped or
// starved. skipped is how much more passed by the clock: the machine was suspended, or the
// clock was set. Values below minMissed are 0.
func Missed(byTimers, byClock time.Duration) (stopped, skipped time.Duration) {
	return roundMissed(byTimers), roundMissed(byClock - byTimers)
}

// minMissed is the shortest time that is worth a line of diagnostics.
const minMissed = 2 * time.Second

func roundMissed(d time.Duration) time.Duration {
	if d < minMissed {
		return 0
	}
	return d.Round(time.Second / 10)
}

// Limits are the times of the ring file.
type Limits struct {
	// Interval is how often the dialling side sends a keep-alive.
	Interval time.Duration
	// Timeout is how long the dialling side may be silent, unless it has promised a longer
	// interval.
	Timeout time.Duration
}

// Conn is the state of a connection.
type Conn struct {
	Heard   time.Time // when something was received last
	Spoke   time.Time // when a keep-alive was sent last
	Dialled bool      // we dialled, so we send the keep-alives
	Behind  bool      // the peer lacks something
	// Owed is since when the other side owes an answer; zero if it owes none. It is always
	// zero on the accepting side.
	Owed time.Time
	// Promised is the interval of keep-alives that the dialling side has announced; 0 if it
	// has not announced any.
	Promised time.Duration
	// Awake is since when this process has run without being stopped. Earlier silence is not
	// held against the other side.
	Awake time.Time
}

// Action is what to do with a connection.
type Action uint8

// The actions.
const (
	Wait  Action = iota // nothing
	Speak               // send a keep-alive
	Close
)

// Decide returns what to do with a connection now, and when to decide again.
func (l Limits) Decide(c Conn, now time.Time) (Action, time.Time) {
	dead := l.deadAt(c)
	if !now.Before(dead) {
		return Close, dead
	}
	if !c.Dialled {
		return Wait, dead
	}
	// If the peer begins to owe an answer after this, the next call sees it in time.
	again := earliest(dead, now.Add(l.answerTimeout()/2))
	pause := l.Interval
	if c.Behind {
		pause = min(pause, Urgent)
	}
	due := c.Spoke.Add(pause)
	if now.Before(due) {
		return Wait, earliest(due, again)
	}
	return Speak, earliest(now.Add(pause), again)
}

// deadAt returns when the connection is dead if nothing is received until then. A peer that
// owes nothing may be silent for maxSilence. A peer that owes an answer has at least half of
// answerTimeout for it.
func (l Limits) deadAt(c Conn) time.Time {
	heard := latest(c.Heard, c.Awake)
	longest := heard.Add(maxSilence)
	switch {
	case !c.Dialled:
		return earliest(longest, heard.Add(max(l.Timeout, missedIntervals*c.Promised)))
	case c.Owed.IsZero():
		return longest
	}
	owed := latest(c.Owed, c.Awake)
	return earliest(longest, latest(heard.Add(l.answerTimeout()), owed.Add(l.answerTimeout()/2)))
}

func (l Limits) answerTimeout() time.Duration { return min(answerTimeout, l.Timeout) }

const (
	// recently is how long after a peer was up it is dialled often.
	recently = 24 * time.Hour
	// maxRecentPause is the longest pause between two dials for that long.
	maxRecentPause = time.Second
)

// MaxPause returns the longest pause between two dials to a peer that has been away for this
// long. most is the reconnect.max of the ring file.
func MaxPause(most, away time.Duration) time.Duration {
	if away < recently {
		return min(most, maxRecentPause)
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
