package marks

import (
	"sync"
	"time"
)

// NotInRing is the origin of all runs that are of no host of the ring.
const NotInRing = -1

// RunLimits is how many runs a host takes of one origin, by limits.runs and the size of the
// ring. Each host of the ring has the same share, and so have all other origins together.
type RunLimits struct {
	total       int           // if the origin itself says that it has them
	unconfirmed int           // on the word of others
	burst       int           // that one peer may bring at once
	interval    time.Duration // until it may bring another one
}

// NewRunLimits returns the share where a host holds limit runs, in a ring of so many hosts.
//
// A liar can tell each of the other hosts something else. What they take from it all
// together is less than what each takes as hearsay: so they come to hold the same once it
// is gone. Half of the share is left for what the origin itself says it has.
func NewRunLimits(limit, hosts int) RunLimits {
	all := limit / (hosts + 1)
	s := RunLimits{total: all, unconfirmed: all / 2, burst: max(1, all/4/max(1, hosts-1))}
	s.interval = min(time.Hour/time.Duration(s.burst), time.Minute)
	return s
}

// How many present runs of a host are taken beside its share: so many at once, and another
// one after a pause. Whatever was brought in its name, what it takes next has a place.
const (
	presentBurst    = 60
	presentInterval = 10 * time.Minute
)

// UnknownRun is a run that a host has not, as it learns of it.
type UnknownRun struct {
	Peer   int // that brings it
	Origin int // its index in the ring, or NotInRing
	// FromOrigin says that the origin itself says that it holds lines of the run.
	FromOrigin bool
	// PresentRun says that the origin itself says that it is its present run.
	Present bool
}

// RunLimiter counts the runs that a host holds, and says of which new ones it takes messages:
// waiters origin, so that what is invented in the name of one leaves the runs of all others
// their place; by who brings them, and by time. What this host begins itself is not asked
// about. The zero value has counted nothing. It is safe for concurrent use.
type RunLimiter struct {
	mu      sync.Mutex
	held    map[int]int // waiters the index of the origin
	buckets map[bucketKey]bucket
}

// bucketKey is what one peer brings of one origin, or the present runs of an origin.
type bucketKey struct {
	peer, origin int
	present      bool
}

// bucket counts runs that were taken since a time, but for one in each pause.
type bucket struct {
	level int
	at    time.Time
}

// drained returns what is left of it at a time.
func (t bucket) drained(now time.Time, pause time.Duration) bucket {
	gone := int(max(0, now.Sub(t.at)) / pause)
	if gone >= t.level {
		return bucket{at: now}
	}
	return bucket{t.level - gone, t.at.Add(time.Duration(gone) * pause)}
}

// Admits tells whether messages of a new run are taken.
func (c *RunLimiter) Admits(n UnknownRun, s RunLimits, now time.Time) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.availablePresent(n, now) > 0 || c.available(n, s, now) > 0
}

// WorthAsking tells whether it makes sense to ask for a run that Takes would take: not for each
// single one, while a peer waits to be free to bring more.
func (c *RunLimiter) WorthAsking(n UnknownRun, s RunLimits, now time.Time) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.availablePresent(n, now) > 0 || c.available(n, s, now) >= (s.burst+1)/2
}

// available returns how many runs as n a peer may bring now, by the share of their origin.
func (c *RunLimiter) available(n UnknownRun, s RunLimits, now time.Time) int {
	if held := c.held[n.Origin]; held >= s.total || held >= s.unconfirmed && !n.FromOrigin && n.Origin != NotInRing {
		return 0
	}
	return s.burst - c.buckets[bucketKey{n.Peer, n.Origin, false}].drained(now, s.interval).level
}

// availablePresent returns how many present runs an origin may have now beside that.
func (c *RunLimiter) availablePresent(n UnknownRun, now time.Time) int {
	if !n.Present {
		return 0
	}
	return presentBurst - c.buckets[bucketKey{origin: n.Origin, present: true}].drained(now, presentInterval).level
}

// Add counts a run that was taken.
func (c *RunLimiter) Add(n UnknownRun, s RunLimits, now time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.held == nil {
		c.held = make(map[int]int)
	}
	if c.buckets == nil {
		c.buckets = make(map[bucketKey]bucket)
	}
	b, pause := bucketKey{n.Peer, n.Origin, false}, s.interval
	if c.availablePresent(n, now) > 0 {
		b, pause = bucketKey{origin: n.Origin, present: true}, presentInterval
	}
	c.held[n.Origin]++
	left := c.buckets[b].drained(now, pause)
	left.level++
	c.buckets[b] = left
}

// Remove counts a run that is forgotten.
func (c *RunLimiter) Remove(origin int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.held != nil {
		c.held[origin]--
	}
}

// Reset counts anew what a host holds. index finds a host of the ring by name.
func (c *RunLimiter) Reset(t *Vector, index func(string) (int, bool)) {
	held := make(map[int]int)
	for m := range t.All() {
		held[OriginIndex(m.Run, index)]++
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.held = held
}

// OriginIndex returns the index of the host whose run it is, or NotInRing.
func OriginIndex(run Run, index func(string) (int, bool)) int {
	if at, ok := index(run.Origin); ok {
		return at
	}
	return NotInRing
}
