package ringtest

import (
	"math"
	"sync"
	"time"
)

// Clock is the clock of a host: what its messages are stamped with. How long
// things take is not measured with it.
type Clock struct {
	host *Host
	mu   sync.Mutex
	off  time.Duration // ahead, at set
	set  time.Time
	skew float64 // seconds a second that it gains
}

// Clock returns the host's clock.
func (h *Host) Clock() *Clock { return h.clock }

// Now returns the time as the host has it.
func (c *Clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	now := time.Now()
	return now.Add(c.ahead(now))
}

// ahead is by how much the clock is ahead. The caller holds mu.
func (c *Clock) ahead(now time.Time) time.Duration {
	if c.skew == 0 {
		return c.off
	}
	return c.off + time.Duration(c.skew*float64(now.Sub(c.set)))
}

// Step sets the clock forward, or back if d is negative.
func (c *Clock) Step(d time.Duration) {
	c.host.ring.note("clock step", "the clock of %s steps by %v", c.host.name, d)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.off += d
}

// Skew lets the clock run fast, by so many parts in a million, or slow if they
// are negative. When that is healed it goes on rightly from where it is.
func (c *Clock) Skew(ppm float64) *Fault {
	c.host.ring.t.Helper()
	if !(math.Abs(ppm) < 1e6) {
		c.host.ring.fatal("a skew is %g parts in a million: it is more than -1e6 and less than 1e6", ppm)
	}
	c.drift(ppm / 1e6)
	return c.host.ring.impose("clock skew", func() { c.drift(-ppm / 1e6) }, "the clock of %s gains %g in a million", c.host.name, ppm)
}

// drift changes by how much the clock gains.
func (c *Clock) drift(skew float64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	now := time.Now()
	c.off, c.set, c.skew = c.ahead(now), now, c.skew+skew
}
