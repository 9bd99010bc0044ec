package repair

import (
	"iter"
	"time"

	"xlattice.org/zog/internal/marks"
)

const (
	// measurePeriod is the time over which the rate of a repairer is measured, and for
	// which it may send nothing that is missing.
	measurePeriod = 5 * time.Second
	// slowRate is the rate, in lines a second, from which a repairer is not compared with
	// others before its turn is over. A link of 64 kbit/s is slower.
	slowRate = 1000
	// fasterFactor is how many times as fast as the repairer a peer must have been to
	// replace it.
	fasterFactor = 2
	// maxTurn is how long a turn may last while another peer has what is missing.
	maxTurn = time.Minute
	// rateLifetime is how long the measured rate of a peer is used. After that the peer may
	// be tried again.
	rateLifetime = 10 * time.Minute
	// minExclusion is how long a peer that failed is not selected. Each further failure
	// doubles it, up to maxExclusion. If there is no other peer to ask, it is minExclusion.
	minExclusion = 30 * time.Second
	maxExclusion = 8 * time.Minute
)

// turn is what a repairer has done since it was asked. If the same peer is asked again
// soon, its turn goes on: otherwise it could evade the measurement by being done often.
type turn struct {
	peer     int
	began    time.Time
	measured time.Time // when its time was counted last, or when it ended
	targets  []target
	// In the present measurePeriod, without the times in between in which it was not asked:
	busy     time.Duration
	received float64       // lines that were missing
	idle     time.Duration // time since a missing line came last
}

// target is a part of a run that was missing and that the repairer says it has: the
// messages after from, up to to.
type target struct {
	run      marks.Run
	from, to uint64
}

// history is what is known of a peer from its earlier turns.
type history struct {
	rate          float64   // lines a second
	rated         time.Time // when rate was measured
	fails         int       // in a row
	failed        time.Time
	excludedUntil time.Time // until then it is not selected
}

// begin starts or continues the turn of a peer.
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

// end ends the turn of the repairer.
func (c *Selector) end(now time.Time) {
	c.turn.addTime(now)
	c.repairer, c.gap = none, marks.Mark{}
}

// setTargets notes what the repairer is expected to send: what it says it has and this host
// lacks.
func (c *Selector) setTargets(taken *marks.Vector) {
	c.turn.targets = c.turn.targets[:0]
	if m := c.gap; m.Seq > taken.Seq(m.Run) {
		c.turn.targets = append(c.turn.targets, target{run: m.Run, from: taken.Seq(m.Run), to: m.Seq})
	}
	for run, first := range c.missing(c.repairer, taken) {
		c.turn.targets = append(c.turn.targets, target{run: run, from: first - 1, to: c.vectors[c.repairer].Seq(run)})
	}
}

// measure notes what the repairer has sent until now.
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

// addTime counts the time since the last call as time in which the repairer was asked.
func (t *turn) addTime(now time.Time) {
	t.busy += now.Sub(t.measured)
	t.idle += now.Sub(t.measured)
	t.measured = now
}

// progress counts the messages of the targets that were taken, and removes targets that are
// reached. It does not matter who sent them: what matters is that they come.
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

// fail notes that a peer was asked and sent nothing that was missing.
func (p *history) fail(now time.Time) {
	if now.Sub(p.failed) > rateLifetime {
		p.fails = 0
	}
	p.failed, p.excludedUntil = now, now.Add(min(minExclusion<<p.fails, maxExclusion))
	p.rate, p.rated = 0, now
	p.fails++
}

// rateKnown reports whether the rate of the peer was measured lately.
func (p *history) rateKnown(now time.Time) bool {
	return !p.rated.IsZero() && now.Sub(p.rated) < rateLifetime
}

// slow reports whether the peer is known to be slow.
func (p *history) slow(now time.Time) bool { return p.rateKnown(now) && p.rate < slowRate }

// eligible reports whether a peer may be asked because of its marks.
func (c *Selector) eligible(peer int, taken *marks.Vector, now time.Time) bool {
	p := &c.history[peer]
	return !now.Before(p.excludedUntil) || now.Sub(p.failed) >= minExclusion && !c.hasAlternative(peer, taken, now)
}

// hasAlternative reports whether another peer has what is missing and may be asked.
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

// shouldReplace reports whether the peer that reported is to be asked in place of the
// repairer: if the repairer was slow in this turn and would take long for what that peer
// has, or if its turn has lasted long enough. The rate of an earlier turn may be low
// because there was little to send.
func (c *Selector) shouldReplace(w Report, taken *marks.Vector, now time.Time) bool {
	p, asked := &c.history[w.Peer], &c.history[c.repairer]
	if !asked.slow(now) || !asked.rated.After(c.turn.began) {
		return now.Sub(c.turn.began) >= maxTurn && !p.slow(now)
	}
	return (!p.rateKnown(now) || p.rate >= fasterFactor*asked.rate && p.rate > 0) &&
		c.missingLines(w.Peer, taken) > asked.rate*measurePeriod.Seconds()
}

// missingLines returns how many lines of a peer are missing here.
func (c *Selector) missingLines(peer int, taken *marks.Vector) (n float64) {
	for run, first := range c.missing(peer, taken) {
		n += float64(c.vectors[peer].Seq(run) - first + 1)
	}
	return n
}

// missing yields the runs that are wanted of a peer, each with the first line that is
// missing.
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
