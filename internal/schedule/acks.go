package schedule

import "time"

const (
	// AckDelay is how long an acknowledgement that nobody waits for may be held back
	// (docs/protocol.md, 6).
	AckDelay = 2 * time.Millisecond
	// AckGap is how long after the one before an acknowledgement may come, to be held back. Where
	// they come less often, few would go together, and an alarm costs more than a write.
	AckGap = AckDelay / 4
	// MaxHeldRuns is of how many runs marks are held back together.
	MaxHeldRuns = 16
)

// Held is the acknowledgements that the accepting side of a connection between hosts has not
// sent yet. Those of many messages go together in one write, which the other side reads in
// one turn. The zero value is none.
type Held struct {
	Since  time.Time // since when the oldest is held back; zero if there are none
	Before time.Time // when the one before the oldest came; zero if there was none
	Bytes  int64     // what the messages that they answer count for, in bytes
	Most   int64     // from so many bytes on the other side could have to wait; 0 is no limit
	Runs   int       // of how many runs there are marks
	// Awaited says that somebody waits for one of them: a client for copies.
	Awaited bool
}

// Decide reports whether to send now what is held back, and otherwise when to decide again.
// again is zero if nothing is held back.
func (h *Held) Decide(now time.Time) (send bool, again time.Time) {
	if h.Since.IsZero() {
		return false, time.Time{}
	}
	again = h.Since.Add(AckDelay)
	switch {
	case h.Awaited, h.Since.Sub(h.Before) > AckGap, h.Most > 0 && h.Bytes >= h.Most, h.Runs > MaxHeldRuns:
		return true, again
	}
	return !now.Before(again), again
}
