package marks

import (
	"sync"
	"time"
)

// What a Census takes at the most on the word of others.
const (
	// hearsayShare divides the share of a host: so many of its runs are taken that the
	// host itself does not say it has. What others invent in its name can reach it by
	// two ways, this one and by the host, to which they told the same: half of the
	// share is left for runs that it has begun.
	hearsayShare = 4
	// hearsayPace is how many of these, of each origin, are taken in an hour.
	hearsayPace = 1000
)

// Others is the origin of all runs that are of no host of the ring.
const Others = -1

// Census counts the runs that a host holds, by origin, and says of which new ones it
// takes messages (limits.runs): by origin, so that what one host says of itself leaves
// the runs of all others their place, and by time. Each host of the ring has the same
// share, and so have all other origins together. What this host begins itself is not
// asked about. The zero value has counted nothing. It is safe for concurrent use.
type Census struct {
	mu    sync.Mutex
	held  map[int]int // by the index of the origin
	hour  int64
	heard map[int]int // of these, what was taken in this hour on the word of others
}

// Takes tells whether a new run of origin is taken, where a host may hold limit runs and
// the ring has so many hosts. sure says that the origin itself says that it has the run.
func (c *Census) Takes(origin int, sure bool, limit, hosts int, now time.Time) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	share := limit / (hosts + 1)
	switch {
	case sure:
		return c.held[origin] < share
	case origin != Others:
		share /= hearsayShare
	}
	return c.held[origin] < share && (now.Unix()/3600 != c.hour || c.heard[origin] < hearsayPace)
}

// Add counts a run that was taken.
func (c *Census) Add(origin int, sure bool, now time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.held == nil {
		c.held = make(map[int]int)
	}
	c.held[origin]++
	if hour := now.Unix() / 3600; hour != c.hour || c.heard == nil {
		c.hour, c.heard = hour, make(map[int]int)
	}
	if !sure {
		c.heard[origin]++
	}
}

// Remove counts a run that is forgotten.
func (c *Census) Remove(origin int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.held[origin]--
}

// Reset counts anew what a host holds. index finds a host of the ring by name.
func (c *Census) Reset(t *Table, index func(string) (int, bool)) {
	held := make(map[int]int)
	for m := range t.All() {
		held[Origin(m.Run, index)]++
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.held = held
}

// Origin returns the index of the host whose run it is, or Others.
func Origin(run Run, index func(string) (int, bool)) int {
	if at, ok := index(run.Origin); ok {
		return at
	}
	return Others
}
