package ringtest

import (
	"math"
	"sync"
	"time"
)

// Clock is the wall clock of a host, the source of the times in its log. Durations are not
// measured with it.
type Clock struct {
	host   *Host
	mu     sync.Mutex
	offset time.Duration // ahead of the true time, at set
	set    time.Time
	skew   float64 // seconds gained per second since set
}

// Clock returns the host's clock.
func (h *Host) Clock() *Clock { return h.clock }

// Now returns the time that the clock shows.
func (c *Clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	now := time.Now()
	return now.Add(c.offsetAt(now))
}

// offsetAt returns by how much the clock is ahead. The caller holds mu.
func (c *Clock) offsetAt(now time.Time) time.Duration {
	if c.skew == 0 {
		return c.offset
	}
	return c.offset + time.Duration(c.skew*float64(now.Sub(c.set)))
}

// Step sets the clock forward, or back if d is negative.
func (c *Clock) Step(d time.Duration) {
	c.host.ring.record("clock step", "the clock of %s steps by %v", c.host.name, d)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.offset += d
}

// Skew makes the clock run fast by so many parts per million, or slow if they are negative. When
// the fault is healed the clock keeps its offset and runs at the right speed.
func (c *Clock) Skew(ppm float64) *Fault {
	c.host.ring.t.Helper()
	if !(math.Abs(ppm) < 1e6) {
		c.host.ring.fatal("a skew is %g parts in a million: it is more than -1e6 and less than 1e6", ppm)
	}
	c.addSkew(ppm / 1e6)
	return c.host.ring.impose("clock skew", func() { c.addSkew(-ppm / 1e6) }, "the clock of %s gains %g in a million", c.host.name, ppm)
}

// addSkew changes the speed of the clock.
func (c *Clock) addSkew(skew float64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	now := time.Now()
	c.offset, c.set, c.skew = c.offsetAt(now), now, c.skew+skew
}
