package actors

import (
	"sync/atomic"
	"time"

	"xlattice.org/zog/internal/schedule"
)

// stops is a schedule.Stops that the keep-alive scheduler writes, and the readers of clients read. A
// nil stops knows of no stop: what peers sent meanwhile is taken, as they send nothing twice that
// our marks have.
type stops struct {
	now atomic.Pointer[schedule.Stops]
}

// missed is why messages are refused that a client sent while this process was stopped: it has given
// them to another host by now.
const missed = "this host was stopped meanwhile"

// known returns what is known of stops.
func (s *stops) known() schedule.Stops {
	if s != nil {
		if known := s.now.Load(); known != nil {
			return *known
		}
	}
	return schedule.Stops{}
}

// tick notes that this process runs.
func (s *stops) tick(now time.Time) {
	next := s.known().Tick(now)
	s.now.Store(&next)
}

// end says that no more ticks come, until the next one.
func (s *stops) end() { s.now.Store(nil) }

// stale reports whether what was read now may have been sent during a stop.
func (s *stops) stale(now time.Time) bool { return s.known().Stale(now) }

// since reports whether this process was stopped at some time since then.
func (s *stops) since(then, now time.Time) bool { return s.known().Since(then, now) }
