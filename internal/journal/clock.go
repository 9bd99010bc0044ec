package journal

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// What is retired by age is gone for good, and a clock may be wrong by years: set by
// nobody yet, set by a slip of the hand, or by a battery that is empty. So it is believed
// only as far as nothing contradicts it: not the log that it stamped, not the time for
// which we have been running, not the clocks of the peers.
//
// A clock in doubt counts for nothing. It does again as soon as more peers agree with it
// than not, or when it has gone on for a day of running. Beyond that it is one vote
// among those of the peers of whom lines have come in the last week: as long as more
// are against it than for it, it is not believed. So one peer that is wrong, or lies, can
// neither let anything be retired while our own clock is right, nor keep it for ever.

const (
	// agreement is by how much clocks may differ that agree.
	agreement = 2 * time.Hour
	// silence is for how long a log may have been without a line before its clock is
	// in doubt at a start.
	silence = 48 * time.Hour
	// probation is how long a clock must have gone on that was in doubt.
	probation = 24 * time.Hour
	// memory is how long a peer's word counts.
	memory = 7 * 24 * time.Hour
)

// earliest is before all that a clock says that was ever set.
var earliest = time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)

// clock judges our clock. Times are ours, and ran is for how long we have been running,
// which no step of a clock disturbs.
type clock struct {
	wall  time.Time // at the last look
	ran   time.Duration
	doubt string        // why it counts for nothing; "" if it counts
	since time.Duration // when the doubt began
	peers map[string]witness
}

// witness is what a peer's clock has said.
type witness struct {
	start time.Time     // what it said, or would have said, when we began to run
	at    time.Duration // when it was heard
}

// begin takes the first look, at the times that are in the log, oldest first.
func (c *clock) begin(now time.Time, ran time.Duration, trail []time.Time) {
	c.wall, c.ran, c.since = now, ran, ran
	c.doubt = contradicted(now, trail)
}

// contradicted says in which way the times in a log contradict a clock at a start, or "".
// That the newest is not old is not enough: if the clock went wrong before the last start,
// it has stamped lines since. So there must be no gap within the last day either.
func contradicted(now time.Time, trail []time.Time) string {
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

// look compares the clock with the time for which we ran, and returns by how much it was
// set since the last look; 0 is not at all.
func (c *clock) look(now time.Time, ran time.Duration) (step time.Duration) {
	step = now.Sub(c.wall) - (ran - c.ran)
	c.wall, c.ran = now, ran
	if step.Abs() <= agreement {
		return 0
	}
	c.doubt, c.since = fmt.Sprintf("it was set by %v", step.Round(time.Second)), ran
	return step
}

// hear takes the time of a line that a peer has stamped. Lines that come late, in a repair,
// say less than its newest: they are not heard for a day after that.
func (c *clock) hear(peer string, stamp time.Time, ran time.Duration) {
	start := stamp.Add(-ran)
	if before, heard := c.peers[peer]; heard && ran-before.at < probation && start.Before(before.start.Add(-agreement)) {
		return
	}
	if c.peers == nil {
		c.peers = make(map[string]witness)
	}
	c.peers[peer] = witness{start, ran}
}

// judge returns why the clock is not to be believed, or "".
func (c *clock) judge() string {
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

// votes returns how many peers agree with our clock, and the names of those who do not.
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

// agesFrom returns from when on a segment has its age: when it was sealed, or when
// its file was last changed, if that was later. It is false if that makes no sense
// by a clock that can be believed.
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
