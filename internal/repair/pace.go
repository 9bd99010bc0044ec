package repair

import (
	"iter"
	"time"

	"xlattice.org/zog/internal/marks"
)

const (
	// measurePeriod is how long a repairer may go without bringing anything, and the time
	// over which what it brings is measured.
	measurePeriod = 5 * time.Second
	// slowRate is how many lines in a second make a repairer that is not compared with
	// others before its turn is over. A link of 64 kbit/s brings fewer.
	slowRate = 1000
	// fasterFactor is how many times as fast as the repairer a peer must have been to be
	// asked in its place.
	fasterFactor = 2
	// maxTurn is how long a turn may last while another peer has what is missing.
	maxTurn = time.Minute
	// rateLifetime is how long it is known how fast a peer was. Then it may be tried again.
	rateLifetime = 10 * time.Minute
	// minExclusion is how long one that failed is not chosen again. It is doubled with each
	// failure, up to maxShunned; one beside whom nobody else is to be asked is chosen
	// again after shunned.
	minExclusion = 30 * time.Second
	maxExclusion = 8 * time.Minute
)

// turn is what the repairer has done since it was asked. If it is asked again soon, its
// turn goes on: else it could evade being measured by being done often.
type turn struct {
	peer     int
	began    time.Time
	measured time.Time // when it was measured last, or ended
	targets  []target
	// Of the present window, which is patience long, and without the times in between
	// in which it was not asked:
	busy     time.Duration
	received float64 // missingLines that were missing
	idle     time.Duration
}

// setTargets is a part of a run that was missing, from behind message from up to to, and that
// the repairer says it has.
type target struct {
	run      marks.Run
	from, to uint64
}

// history is what is known of a peer from its earlier turns.
type history struct {
	rate          float64 // missingLines in a second
	rated         time.Time
	fails         int
	failed        time.Time
	excludedUntil time.Time // gap when it is left out
}

// begin asks a peer. A message that came too early is to be in until before.
func (c *Selector) begin(peer int, taken *marks.Vector, now time.Time) {
	if c.turn.peer == peer && now.Sub(c.turn.measured) < measurePeriod {
		c.turn.progress(taken)
		c.turn.measured = now
	} else {
		c.turn = turn{peer: peer, began: now, measured: now}
	}
	c.repairer = peer
	c.setTargets(taken)
}

// end notes that the repairer is asked no more.
func (c *Selector) end(now time.Time) {
	c.turn.addTime(now)
	c.repairer, c.gap = none, marks.Mark{}
}

// setTargets notes what the repairer is to bring: what it says it has and is missing.
func (c *Selector) setTargets(taken *marks.Vector) {
	c.turn.targets = c.turn.targets[:0]
	if m := c.gap; m.Seq > taken.Seq(m.Run) {
		c.turn.targets = append(c.turn.targets, target{run: m.Run, from: taken.Seq(m.Run), to: m.Seq})
	}
	for run, first := range c.missing(c.repairer, taken) {
		c.turn.targets = append(c.turn.targets, target{run: run, from: first - 1, to: c.vectors[c.repairer].Seq(run)})
	}
}

// measure notes what the repairer has brought by now.
func (c *Selector) measure(taken *marks.Vector, now time.Time) {
	t := &c.turn
	t.addTime(now)
	if t.progress(taken); len(t.targets) == 0 {
		c.setTargets(taken)
	}
	if t.busy < measurePeriod {
		return
	}
	p := &c.history[t.peer]
	p.rate, p.rated = t.received/t.busy.Seconds(), now
	if t.received > 0 {
		p.fails = 0
	}
	t.busy, t.received = 0, 0
	c.setTargets(taken)
}

// addTime lets the time go by in which the repairer was at it.
func (t *turn) addTime(now time.Time) {
	t.busy += now.Sub(t.measured)
	t.idle += now.Sub(t.measured)
	t.measured = now
}

// progress counts what of the aims was taken, and drops those that are reached. It counts
// for the repairer whoever brought it: what matters is that it comes.
func (t *turn) progress(taken *marks.Vector) {
	left := t.targets[:0]
	for _, a := range t.targets {
		if has := min(taken.Seq(a.run), a.to); has > a.from {
			t.received += float64(has - a.from)
			a.from, t.idle = has, 0
		}
		if a.from < a.to {
			left = append(left, a)
		}
	}
	t.targets = left
}

// fail notes that a peer was asked and brought nothing.
func (p *history) fail(now time.Time) {
	if now.Sub(p.failed) > rateLifetime {
		p.fails = 0
	}
	p.failed, p.excludedUntil = now, now.Add(min(minExclusion<<p.fails, maxExclusion))
	p.rate, p.rated = 0, now
	p.fails++
}

// rateKnown tells whether it is known how fast the peer was lately.
func (p *history) rateKnown(now time.Time) bool {
	return !p.rated.IsZero() && now.Sub(p.rated) < rateLifetime
}

// slow tells whether the peer is known to be slow.
func (p *history) slow(now time.Time) bool { return p.rateKnown(now) && p.rate < slowRate }

// eligible tells whether a peer may be asked by its marks.
func (c *Selector) eligible(peer int, taken *marks.Vector, now time.Time) bool {
	p := &c.history[peer]
	return !now.Before(p.excludedUntil) || now.Sub(p.failed) >= minExclusion && !c.hasAlternative(peer, taken, now)
}

// hasAlternative tells whether a peer beside this one has what is missing and may be asked.
func (c *Selector) hasAlternative(peer int, taken *marks.Vector, now time.Time) bool {
	for other, words := range c.vectors {
		if other == peer || words == nil || now.Before(c.history[other].excludedUntil) {
			continue
		}
		if c.useful(other, words, taken, now) {
			return true
		}
	}
	return false
}

// shouldReplace tells whether the peer that spoke is to be asked in the place of the repairer:
// if that was slow in this turn, and what the peer has would be long in coming from it; or
// if its turn has lasted long enough. How fast it was in an earlier turn may have been for
// want of lines.
func (c *Selector) shouldReplace(w Report, taken *marks.Vector, now time.Time) bool {
	p, asked := &c.history[w.Peer], &c.history[c.repairer]
	if !asked.slow(now) || !asked.rated.After(c.turn.began) {
		return now.Sub(c.turn.began) >= maxTurn && !p.slow(now)
	}
	return (!p.rateKnown(now) || p.rate >= fasterFactor*asked.rate && p.rate > 0) &&
		c.missingLines(w.Peer, taken) > asked.rate*measurePeriod.Seconds()
}

// missingLines returns how many lines of a peer are missing.
func (c *Selector) missingLines(peer int, taken *marks.Vector) (n float64) {
	for run, first := range c.missing(peer, taken) {
		n += float64(c.vectors[peer].Seq(run) - first + 1)
	}
	return n
}

// missing yields the runs that are wanted of a peer, with the first line of each that
// is missing.
func (c *Selector) missing(peer int, taken *marks.Vector) iter.Seq2[marks.Run, uint64] {
	return func(yield func(marks.Run, uint64) bool) {
		for _, run := range c.wanted[peer] {
			first, lacks := taken.FirstMissing(c.vectors[peer], run)
			if lacks && !yield(run, first) {
				return
			}
		}
	}
}
