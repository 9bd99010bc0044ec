package marks

import (
	"sync"
	"time"
)

// NotInRing is the origin index of all hosts that are not in the ring file.
const NotInRing = -1

// RunLimits are the limits for the runs of one origin. Each host of the ring has the same
// limits, and so have all origins together that are not in the ring.
type RunLimits struct {
	total       int           // if the origin itself says that it holds lines of the run
	unconfirmed int           // if only other hosts say so
	burst       int           // how many one peer may bring at once
	interval    time.Duration // after which it may bring one more
}

// NewRunLimits divides limit runs among the origins of a ring of hosts.
//
// A lying host can tell each other host of different runs. Together the others take less
// from it than the limit for unconfirmed runs of each, so they come to hold the same runs
// once it is gone. Half of the total is reserved for runs that the origin itself confirms.
func NewRunLimits(limit, hosts int) RunLimits {
	all := limit / (hosts + 1)
	s := RunLimits{total: all, unconfirmed: all / 2, burst: max(1, all/4/max(1, hosts-1))}
	s.interval = min(time.Hour/time.Duration(s.burst), time.Minute)
	return s
}

// The present run of an origin has a limit of its own: presentBurst at once, and one more
// after each presentInterval. So the present run finds a place whatever others bring in the
// name of its origin.
const (
	presentBurst    = 60
	presentInterval = 10 * time.Minute
)

// UnknownRun is a run that a peer brings and this host does not have.
type UnknownRun struct {
	Peer   int // who brings it
	Origin int // its index in the ring, or NotInRing
	// FromOrigin says that the origin itself says that it holds lines of the run.
	FromOrigin bool
	// Present says that the origin itself says that this is its present run.
	Present bool
}

// RunLimiter counts the runs that a host holds, and limits the new ones that it takes from
// peers: by origin, so that invented runs of one origin take no place from the others; by
// the peer that brings them; and by time. The runs that this host begins itself are not
// limited. The zero value has counted nothing. It is safe for concurrent use.
type RunLimiter struct {
	mu      sync.Mutex
	held    map[int]int // by origin index
	buckets map[bucketKey]bucket
}

// bucketKey identifies a limit over time: for the runs of one origin that one peer brings,
// or for the present runs of an origin.
type bucketKey struct {
	peer, origin int
	present      bool
}

// bucket is a leaky bucket: each run raises its level, and the level falls by one in each
// interval.
type bucket struct {
	level int
	at    time.Time // the time of level
}

// drained returns the bucket at a later time.
func (t bucket) drained(now time.Time, pause time.Duration) bucket {
	gone := int(max(0, now.Sub(t.at)) / pause)
	if gone >= t.level {
		return bucket{at: now}
	}
	return bucket{t.level - gone, t.at.Add(time.Duration(gone) * pause)}
}

// Admits reports whether a message of an unknown run is taken.
func (c *RunLimiter) Admits(n UnknownRun, s RunLimits, now time.Time) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.availablePresent(n, now) > 0 || c.available(n, s, now) > 0
}

// WorthAsking reports whether to ask a peer for a run that Admits. It is false while the
// peer may bring only a few more, so that a repair is not asked for each single run.
func (c *RunLimiter) WorthAsking(n UnknownRun, s RunLimits, now time.Time) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.availablePresent(n, now) > 0 || c.available(n, s, now) >= (s.burst+1)/2
}

// available returns how many such runs the peer may bring now within the limits of their
// origin.
func (c *RunLimiter) available(n UnknownRun, s RunLimits, now time.Time) int {
	if held := c.held[n.Origin]; held >= s.total || held >= s.unconfirmed && !n.FromOrigin && n.Origin != NotInRing {
		return 0
	}
	return s.burst - c.buckets[bucketKey{n.Peer, n.Origin, false}].drained(now, s.interval).level
}

// availablePresent returns how many present runs the origin may have now beside these.
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

// Remove counts a run that was forgotten.
func (c *RunLimiter) Remove(origin int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.held != nil {
		c.held[origin]--
	}
}

// Reset counts the runs of v, in place of all that was counted. index returns the index of
// a host of the ring by name.
func (c *RunLimiter) Reset(t *Vector, index func(string) (int, bool)) {
	held := make(map[int]int)
	for m := range t.All() {
		held[OriginIndex(m.Run, index)]++
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.held = held
}

// OriginIndex returns the index of the host that is the origin of run, or NotInRing.
func OriginIndex(run Run, index func(string) (int, bool)) int {
	if at, ok := index(run.Origin); ok {
		return at
	}
	return NotInRing
}
