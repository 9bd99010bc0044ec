package ratelimit

import "time"

// Samples chooses what is shown of a connection: the first of each kind, and another
// one when SumEvery has passed. The zero value is ready.
type Samples struct {
	since time.Time
	shown uint64 // a bit for each kind
}

// First tells whether this one, of a kind from 0 to 63, is to be shown.
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
