package repair

import (
	"iter"
	"time"

	"xlattice.org/zog/internal/marks"
)

const (
	// patience is how long a repairer may go without bringing anything, and the time
	// over which what it brings is measured.
	patience = 5 * time.Second
	// fair is how many lines in a second make a repairer that is not compared with
	// others before its turn is over. A link of 64 kbit/s brings fewer.
	fair = 1000
	// better is how many times as fast as the repairer a peer must have been to be
	// asked in its place.
	better = 2
	// longest is how long a turn may last while another peer has what is missing.
	longest = time.Minute
	// memory is how long it is known how fast a peer was. Then it may be tried again.
	memory = 10 * time.Minute
	// shunned is how long one that failed is not chosen again. It is doubled with each
	// failure, up to maxShunned; one beside whom nobody else is to be asked is chosen
	// again after shunned.
	shunned    = 30 * time.Second
	maxShunned = 8 * time.Minute
)

// turn is what the repairer has done since it was asked. If it is asked again soon, its
// turn goes on: else it could evade being measured by being done often.
type turn struct {
	of    int
	began time.Time
	at    time.Time // when it was measured last, or ended
	aims  []aim
	// Of the present window, which is patience long, and without the times in between
	// in which it was not asked:
	busy time.Duration
	got  float64 // lines that were missing
	idle time.Duration
}

// aim is a part of a run that was missing, from behind message from up to to, and that
// the repairer says it has.
type aim struct {
	run      marks.Run
	from, to uint64
}

// past is what is known of a peer from its earlier turns.
type past struct {
	rate   float64 // lines in a second
	rated  time.Time
	fails  int
	failed time.Time
	shun   time.Time // until when it is left out
}

// begin asks a peer. A message that came too early is to be in until before.
func (c *Selector) begin(peer int, taken *marks.Vector, now time.Time) {
	if c.turn.of == peer && now.Sub(c.turn.at) < patience {
		c.turn.progress(taken)
		c.turn.at = now
	} else {
		c.turn = turn{of: peer, began: now, at: now}
	}
	c.from = peer
	c.aim(taken)
}

// end notes that the repairer is asked no more.
func (c *Selector) end(now time.Time) {
	c.turn.pass(now)
	c.from, c.until = none, marks.Mark{}
}

// aim notes what the repairer is to bring: what it says it has and is missing.
func (c *Selector) aim(taken *marks.Vector) {
	c.turn.aims = c.turn.aims[:0]
	if m := c.until; m.Seq > taken.Seq(m.Run) {
		c.turn.aims = append(c.turn.aims, aim{run: m.Run, from: taken.Seq(m.Run), to: m.Seq})
	}
	for run, first := range c.lacking(c.from, taken) {
		c.turn.aims = append(c.turn.aims, aim{run: run, from: first - 1, to: c.words[c.from].Seq(run)})
	}
}

// measure notes what the repairer has brought by now.
func (c *Selector) measure(taken *marks.Vector, now time.Time) {
	t := &c.turn
	t.pass(now)
	if t.progress(taken); len(t.aims) == 0 {
		c.aim(taken)
	}
	if t.busy < patience {
		return
	}
	p := &c.past[t.of]
	p.rate, p.rated = t.got/t.busy.Seconds(), now
	if t.got > 0 {
		p.fails = 0
	}
	t.busy, t.got = 0, 0
	c.aim(taken)
}

// pass lets the time go by in which the repairer was at it.
func (t *turn) pass(now time.Time) {
	t.busy += now.Sub(t.at)
	t.idle += now.Sub(t.at)
	t.at = now
}

// progress counts what of the aims was taken, and drops those that are reached. It counts
// for the repairer whoever brought it: what matters is that it comes.
func (t *turn) progress(taken *marks.Vector) {
	left := t.aims[:0]
	for _, a := range t.aims {
		if has := min(taken.Seq(a.run), a.to); has > a.from {
			t.got += float64(has - a.from)
			a.from, t.idle = has, 0
		}
		if a.from < a.to {
			left = append(left, a)
		}
	}
	t.aims = left
}

// fail notes that a peer was asked and brought nothing.
func (p *past) fail(now time.Time) {
	if now.Sub(p.failed) > memory {
		p.fails = 0
	}
	p.failed, p.shun = now, now.Add(min(shunned<<p.fails, maxShunned))
	p.rate, p.rated = 0, now
	p.fails++
}

// known tells whether it is known how fast the peer was lately.
func (p *past) known(now time.Time) bool { return !p.rated.IsZero() && now.Sub(p.rated) < memory }

// slow tells whether the peer is known to be slow.
func (p *past) slow(now time.Time) bool { return p.known(now) && p.rate < fair }

// eligible tells whether a peer may be asked by its marks.
func (c *Selector) eligible(peer int, taken *marks.Vector, now time.Time) bool {
	p := &c.past[peer]
	return !now.Before(p.shun) || now.Sub(p.failed) >= shunned && !c.another(peer, taken, now)
}

// another tells whether a peer beside this one has what is missing and may be asked.
func (c *Selector) another(peer int, taken *marks.Vector, now time.Time) bool {
	for other, words := range c.words {
		if other == peer || words == nil || now.Before(c.past[other].shun) {
			continue
		}
		if c.useful(other, words, taken, now) {
			return true
		}
	}
	return false
}

// outdoes tells whether the peer that spoke is to be asked in the place of the repairer:
// if that was slow in this turn, and what the peer has would be long in coming from it; or
// if its turn has lasted long enough. How fast it was in an earlier turn may have been for
// want of lines.
func (c *Selector) outdoes(w Report, taken *marks.Vector, now time.Time) bool {
	p, asked := &c.past[w.Peer], &c.past[c.from]
	if !asked.slow(now) || !asked.rated.After(c.turn.began) {
		return now.Sub(c.turn.began) >= longest && !p.slow(now)
	}
	return (!p.known(now) || p.rate >= better*asked.rate && p.rate > 0) &&
		c.lines(w.Peer, taken) > asked.rate*patience.Seconds()
}

// lines returns how many lines of a peer are missing.
func (c *Selector) lines(peer int, taken *marks.Vector) (n float64) {
	for run, first := range c.lacking(peer, taken) {
		n += float64(c.words[peer].Seq(run) - first + 1)
	}
	return n
}

// lacking yields the runs that are wanted of a peer, with the first line of each that
// is missing.
func (c *Selector) lacking(peer int, taken *marks.Vector) iter.Seq2[marks.Run, uint64] {
	return func(yield func(marks.Run, uint64) bool) {
		for _, run := range c.wanted[peer] {
			first, lacks := taken.FirstMissing(c.words[peer], run)
			if lacks && !yield(run, first) {
				return
			}
		}
	}
}
