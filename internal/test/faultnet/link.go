package faultnet

import (
	"net/netip"
	"sync"
	"time"
)

// Route is one direction between two addresses.
type Route struct{ From, To netip.Addr }

// back returns the reverse direction.
func (r Route) back() Route { return Route{r.To, r.From} }

// Condition is the condition of a Route. The zero value has no effect.
type Condition struct {
	// Drop drops packets, as a firewall does. TCP retransmits them with a doubling timer, so bytes
	// arrive late after Drop has ended: after a cut of a minute, by up to a minute. A connection times
	// out after 15 minutes. A dial over a route that drops in either direction is retransmitted in the
	// same way, until its context ends.
	Drop bool
	// Refuse resets the connections that use the route in either direction, and refuses dials.
	Refuse bool
	// Latency is the one-way latency. Jitter adds a random share of itself; the order of bytes stays.
	// A dial takes the Latency of both directions.
	Latency, Jitter time.Duration
	// Rate is in bytes per second, for all connections of the route together. 0 means no limit.
	Rate int64
}

// link is the state of one route.
type link struct {
	route Route

	// Guarded by Net.mu.
	own  bool // the condition was set for this route, and is not the default
	ends map[*end]bool

	mu         sync.Mutex
	cond       Condition
	version    int       // of cond
	poweredOff bool      // the host at its end has no power: packets are dropped there
	healed     time.Time // when packets were dropped last
	free       time.Time // when all that was given to the line is sent
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

// drops says whether packets are lost. The caller holds mu.
func (l *link) drops() bool { return l.cond.Drop || l.poweredOff }

// noteHealed records that packets pass again. The caller holds mu.
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

// outage says whether packets are dropped, and when they were dropped last.
func (l *link) outage() (drops bool, healed time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.drops(), l.healed
}

// parcel is a unit of transmission: some bytes, or a mark.
type parcel struct {
	left   time.Time // when it left its sender
	jitter float64   // the share of the jitter that applies, 0 to 1
	size   int       // in bytes, set by arrival
	// through is when the line has sent it. It is valid if version is that of the condition.
	through time.Time
	version int
}

// arrival sets how many of some bytes a parcel carries, and returns when they arrive. It returns false
// while packets are dropped.
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

// perSecond is the number of parcels per second at a limited rate.
const perSecond = 20

// transmit gives a parcel to the line, unless that was done under the present condition, and returns
// when the line has sent it.
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
