package ratelimit

import "time"

// Samples chooses which events of a connection are shown: the first of each kind, and one more
// after each SumEvery. The zero value is ready to use.
type Samples struct {
	since time.Time
	shown uint64 // a bit for each kind
}

// First reports whether this event, of a kind from 0 to 63, is shown.
func (s *Samples) First(kind uint, now time.Time) bool {
	if now.Sub(s.since) >= SumEvery {
		s.since, s.shown = now, 0
	}
	bit := uint64(1) << kind
	if s.shown&bit != 0 {
		return false
	}
	s.shown |= bit
	return true
}
