package actors

import (
	"errors"
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

// errMissed ends the connection of a client that sent something while this process was stopped.
var errMissed = errors.New("this process was stopped: the client has given its messages to another host by now")

// tick notes that this process runs.
func (s *stops) tick(now time.Time) {
	next := schedule.Stops{}.Tick(now)
	if last := s.now.Load(); last != nil {
		next = last.Tick(now)
	}
	s.now.Store(&next)
}

// end says that no more ticks come, until the next one.
func (s *stops) end() { s.now.Store(nil) }

// stale reports whether what was read now may have been sent during a stop.
func (s *stops) stale(now time.Time) bool {
	if s == nil {
		return false
	}
	known := s.now.Load()
	return known != nil && known.Stale(now)
}

// since reports whether this process was stopped at some time since then.
func (s *stops) since(then, now time.Time) bool {
	if s == nil {
		return false
	}
	known := s.now.Load()
	return known != nil && known.Since(then, now)
}
