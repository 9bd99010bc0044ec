package schedule

import "time"

const (
	// TickEvery is how often Stops wants a tick.
	TickEvery = 250 * time.Millisecond
	// longStop is the time without a tick that counts as a stop. After two seconds without an answer
	// a client gives its messages to another host; a tick may be as old as TickEvery when a stop
	// begins.
	longStop = time.Second
	// afterStop is how long after a stop what is read may have been sent during it.
	afterStop = 500 * time.Millisecond
)

// Stops tells by regular ticks when this process was stopped or starved. By then clients have given
// to other hosts what they sent meanwhile. The zero value has had no tick and knows of no stop.
type Stops struct {
	last  time.Time // the last tick
	awake time.Time // the end of the last stop; zero if there was none
}

// Tick returns the Stops after a tick.
func (s Stops) Tick(now time.Time) Stops {
	if s.stopped(now) {
		s.awake = now
	}
	s.last = now
	return s
}

// Stale reports whether what is read now may have been sent during a stop.
func (s Stops) Stale(now time.Time) bool {
	return s.stopped(now) || !s.awake.IsZero() && now.Sub(s.awake) < afterStop
}

// Since reports whether a stop has ended after then, or ends now.
func (s Stops) Since(then, now time.Time) bool { return s.stopped(now) || s.awake.After(then) }

// stopped reports whether a stop ends now, which no tick has noticed yet.
func (s Stops) stopped(now time.Time) bool { return !s.last.IsZero() && now.Sub(s.last) > longStop }
