package faultnet

import (
	"net/netip"
	"sync"
	"time"
)

// Route is one direction between two addresses.
type Route struct{ From, To netip.Addr }

// back is the other direction.
func (r Route) back() Route { return Route{r.To, r.From} }

// Condition is what a Route is like. The zero value lets all pass at once.
type Condition struct {
	// Drop lets packets vanish, as a firewall does. TCP sends them again, and waits
	// twice as long each time, so that bytes of a connection come late when Drop has
	// ended: after a cut of a minute, up to a minute. A connection that has waited for
	// 15 minutes is given up. A dial over a route one of whose directions drops is tried
	// again in the same way, as long as its context allows.
	Drop bool
	// Refuse resets the connections that use the route in either direction, and
	// refuses dials.
	Refuse bool
	// Latency is how long a byte takes, one way. Jitter adds up to as much again
	// by chance; the order is kept. A dial takes the Latency of both directions.
	Latency, Jitter time.Duration
	// Rate is in bytes a second, for all connections of the route together. 0 is
	// without limit.
	Rate int64
}

// link is the state of one route.
type link struct {
	route Route

	// The mutex of the Net guards what the Net alone looks at.
	own  bool // the condition was set for this route, and is not the default
	ends map[*end]bool

	mu         sync.Mutex
	cond       Condition
	version    int       // of cond
	poweredOff bool      // its end has no power: packets are dropped there
	healed     time.Time // when packets were last dropped
	free       time.Time // when the line has sent all that was given to it
}

// setCondition sets the condition, from now on.
func (l *link) setCondition(c Condition, now time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	dropped := l.drops()
	l.cond, l.free = c, now
	l.version++
	l.noteHealed(dropped, now)
}

// setPower says whether the far end is without power, from now on.
func (l *link) setPower(dark bool, now time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	dropped := l.drops()
	l.poweredOff = dark
	l.noteHealed(dropped, now)
}

// drops tells whether packets get lost. The mutex is held.
func (l *link) drops() bool { return l.cond.Drop || l.poweredOff }

// noteHealed takes note of it that packets pass again. The mutex is held.
func (l *link) noteHealed(dropped bool, now time.Time) {
	if dropped && !l.drops() {
		l.healed = now
	}
}

func (l *link) condition() Condition {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.cond
}

// outage tells whether packets are dropped, and when they last were.
func (l *link) outage() (drops bool, healed time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.drops(), l.healed
}

// parcel is what travels as one: some bytes, or a mark.
type parcel struct {
	left   time.Time // its sender
	jitter float64   // which part of the jitter it takes, 0 to 1
	size   int       // in bytes, as arrival last said
	// The line has it until through, if it was given to the line under the
	// condition of this version.
	through time.Time
	version int
}

// arrival says how much of so many bytes travels in a parcel and when that
// arrives, and is false while it does not.
func (l *link) arrival(p *parcel, bytes int) (time.Time, bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.drops() {
		return time.Time{}, false
	}
	start := latest(p.left, l.healed)
	if l.cond.Rate > 0 {
		start = l.transmit(p, bytes, start)
	} else {
		p.size = min(bytes, pieceSize)
	}
	return start.Add(l.cond.Latency + time.Duration(p.jitter*float64(l.cond.Jitter))), true
}

// perSecond is into how many pieces the bytes of a second are cut where there is a
// rate.
const perSecond = 20

// transmit gives a parcel to the line, if that was not done, and returns when
// it will have left it. After a change of condition it starts again.
func (l *link) transmit(p *parcel, bytes int, start time.Time) time.Time {
	if p.through.IsZero() || p.version != l.version {
		p.size = min(bytes, pieceSize, int(max(1, l.cond.Rate/perSecond)))
		took := time.Duration(float64(p.size) / float64(l.cond.Rate) * float64(time.Second))
		l.free = latest(start, l.free).Add(took)
		p.through, p.version = l.free, l.version
	}
	return p.through
}

func latest(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}
