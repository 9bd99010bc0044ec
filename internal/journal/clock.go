package journal

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// Lines that are retired by age cannot be had again, and a clock may be wrong by
// years: not set yet, set by mistake, or reset by an empty battery. So our clock is
// trusted only if nothing contradicts it: not the times in the log, not the time for
// which the process has been running, not the clocks of the peers.
//
// While the clock is in doubt nothing is retired by age. The doubt ends when more
// peers agree with the clock than contradict it, or after a day of running. Apart
// from that the clock has one vote among those of the peers whose lines came within
// the last week: while a majority contradicts it, it is not trusted. So a single peer
// that is wrong, or lies, can neither have lines retired while our own clock is
// right, nor prevent it for ever.

const (
	// agreement is by how much two clocks that agree may differ.
	agreement = 2 * time.Hour
	// silence is the longest gap between the times in a log that casts no doubt on the
	// clock at a start.
	silence = 48 * time.Hour
	// probation is how long a clock in doubt must run without a step to be trusted again.
	probation = 24 * time.Hour
	// memory is how long a time that was heard from a peer counts.
	memory = 7 * 24 * time.Hour
)

// earliest is before all times that a clock shows once it was set.
var earliest = time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)

// clock decides whether our clock can be trusted. Wall times are by our clock; ran
// and durations are by the time for which the process has been running, which no step
// of a clock changes.
type clock struct {
	wall  time.Time // at the last check
	ran   time.Duration
	doubt string        // why it is not trusted; "" if it is
	since time.Duration // when the doubt began
	peers map[string]peerClock
}

// peerClock is what is known of a peer's clock.
type peerClock struct {
	start time.Time     // its time when our process began
	at    time.Duration // when it was heard
}

// start makes the first check, against the times in the log.
func (c *clock) start(now time.Time, ran time.Duration, trail []time.Time) {
	c.wall, c.ran, c.since = now, ran, ran
	c.doubt = contradiction(now, trail)
}

// contradiction says how the times in a log contradict the clock at a start, or
// returns "". It is not enough that the newest time is recent: a clock that went
// wrong before the last start has stamped lines since. So there must be no gap within
// the last day either.
func contradiction(now time.Time, trail []time.Time) string {
	trail = slices.DeleteFunc(slices.Clone(trail), func(t time.Time) bool { return t.Before(earliest) })
	if len(trail) == 0 {
		return ""
	}
	slices.SortFunc(trail, time.Time.Compare)
	newest := trail[len(trail)-1]
	if newest.After(now.Add(agreement)) {
		return fmt.Sprintf("it is behind the newest line, of %s", newest.UTC().Format(time.RFC3339))
	}
	after := now
	for _, t := range slices.Backward(trail) {
		if now.Sub(after) < probation && after.Sub(t) > silence {
			return fmt.Sprintf("it is at %s, and before that the newest line is of %s", after.UTC().Format(time.RFC3339), t.UTC().Format(time.RFC3339))
		}
		after = t
	}
	return ""
}

// check compares the clock with the time for which the process ran. It returns by how
// much the clock was set since the last check, or 0.
func (c *clock) check(now time.Time, ran time.Duration) (step time.Duration) {
	step = now.Sub(c.wall) - (ran - c.ran)
	c.wall, c.ran = now, ran
	if step.Abs() <= agreement {
		return 0
	}
	c.doubt, c.since = fmt.Sprintf("it was set by %v", step.Round(time.Second)), ran
	return step
}

// observe takes the time that a peer has stamped a line with. Old lines, which come
// in a repair, must not replace what newer ones say: a time that is earlier than the
// one observed before is ignored for a day.
func (c *clock) observe(peer string, stamp time.Time, ran time.Duration) {
	start := stamp.Add(-ran)
	if before, heard := c.peers[peer]; heard && ran-before.at < probation && start.Before(before.start.Add(-agreement)) {
		return
	}
	if c.peers == nil {
		c.peers = make(map[string]peerClock)
	}
	c.peers[peer] = peerClock{start, ran}
}

// whyDoubted returns why the clock is not trusted, or "".
func (c *clock) whyDoubted() string {
	if c.wall.Before(earliest) {
		return "it was not set yet"
	}
	with, against := c.votes()
	if c.doubt != "" && (with > len(against) || c.ran-c.since >= probation) {
		c.doubt = ""
	}
	switch {
	case c.doubt != "":
		return c.doubt
	case len(against) > with+1:
		return "it differs from those of " + strings.Join(against, ", ")
	}
	return ""
}

// votes returns how many peers agree with our clock, and the names of those that do
// not.
func (c *clock) votes() (with int, against []string) {
	for name, w := range c.peers {
		switch differ := c.wall.Sub(w.start.Add(c.ran)).Abs(); {
		case c.ran-w.at >= memory:
		case differ <= agreement:
			with++
		default:
			against = append(against, name)
		}
	}
	slices.Sort(against)
	return with, against
}

// agesFrom returns the time from which the age of a segment counts: when it was
// sealed, or when its file was last changed, whichever is later. known is false if
// the time makes no sense by a clock that is trusted.
func agesFrom(sealed, changed, now time.Time) (from time.Time, known bool) {
	latest := now.Add(agreement)
	if sealed.Before(earliest) || sealed.After(latest) {
		return sealed, false
	}
	if changed.After(sealed) && !changed.After(latest) {
		return changed, true
	}
	return sealed, true
}
