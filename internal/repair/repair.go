// Package repair decides whom a host asks for what it lacks (DESIGN 5).
//
// There are two ways to learn that something is missing. A message arrives
// before which others are missing: the link it came on is asked at once, as
// any other choice would let the gaps go on under steady traffic. Or a peer's
// marks are above ours: one peer is chosen. Either way only one at a time is
// asked, for everything, and the others are left alone until it is done.
//
// A peer may be slow, fail, or lie. What it brings is measured (pace.go), and
// hasAlternative is asked when that one is likely to bring more. So a peer that has what
// is missing is asked within a limited time, whatever another does.
//
// Old lines may be gone: retired, or lost with a disk. A run then begins, or
// goes on, at the first line that anybody still has, and what is before it is a
// declared hole (hole.go). Whoever has more is asked first.
package repair

import (
	"slices"
	"time"

	"xlattice.org/zog/internal/marks"
)

// none is the repairer when nobody was asked.
const none = -1

// Selector remembers who was asked and who failed. It is not safe for
// concurrent use.
type Selector struct {
	self         int
	index        func(origin string) (int, bool)
	repairer     int
	gap          marks.Mark
	started      time.Time // when there was a first word
	vectors      []*marks.Vector
	wanted       [][]marks.Run // peer each peer, by its last word
	more         []bool        // beside these
	disconnected []time.Time
	turn         turn
	history      []history
}

// New returns the Selector of host self in a ring of n hosts. index finds a host of
// the ring by name.
func New(n, self int, index func(origin string) (int, bool)) *Selector {
	return &Selector{
		repairer: none, self: self, index: index,
		vectors: make([]*marks.Vector, n), wanted: make([][]marks.Run, n), more: make([]bool, n),
		disconnected: make([]time.Time, n), history: make([]history, n), turn: turn{peer: none},
	}
}

// Report is what a peer has said of its marks.
type Report struct {
	Peer  int
	Marks *marks.Vector
	// Wanted are runs of which the peer holds lines that this host lacks and takes: all,
	// or as many as make sense to look at.
	Wanted []marks.Run
	// More says that Wanted does not name all of them.
	More bool
	// Hello says that it is the first word on a connection: nothing that it
	// tells of can be on its way on this connection.
	Hello bool
}

// Decision is what is to be done about a word.
type Decision struct {
	// Ask says that the peer that spoke is to be asked for a repair.
	Ask bool
	// Replace says that the connection of peer Left is to be closed: it is asked no
	// more, and what it would still send comes from another.
	Replace  bool
	Replaced int
}

// Repairer returns the host that was asked, if one was.
func (c *Selector) Repairer() (peer int, ok bool) { return c.repairer, c.repairer != none }

// Heard judges a peer's word against the marks of what this host has taken.
func (c *Selector) Heard(w Report, taken *marks.Vector, now time.Time) (do Decision) {
	before := c.vectors[w.Peer]
	c.vectors[w.Peer], c.wanted[w.Peer], c.more[w.Peer] = w.Marks, w.Wanted, w.More
	if c.started.IsZero() {
		c.started = now
	}
	if c.repairer != none {
		c.supervise(w, taken, now)
	}
	if c.repairer == w.Peer || !c.useful(w.Peer, w.Marks, taken, now) || !c.eligible(w.Peer, taken, now) {
		return do
	}
	// What a peer had a word ago and is missing still is not on its way.
	if !w.Hello && before != nil && !c.useful(w.Peer, before, taken, now) {
		return do
	}
	if c.repairer != none {
		if !c.shouldReplace(w, taken, now) {
			return do
		}
		do.Replace, do.Replaced = true, c.repairer
		c.end(now)
	}
	c.begin(w.Peer, taken, now)
	do.Ask = true
	return do
}

// supervise ends a repair that is done, or that has come to nothing.
func (c *Selector) supervise(w Report, taken *marks.Vector, now time.Time) {
	c.measure(taken, now)
	switch {
	case w.Peer == c.repairer && !c.useful(w.Peer, w.Marks, taken, now), c.done(taken, now):
		c.end(now)
	case c.turn.idle > measurePeriod:
		c.history[c.repairer].fail(now)
		c.end(now)
	}
}

// done tells whether all has come that the repairer has said it holds. Its last word of
// a repair may tell of lines that are still on their way, and once they have come it has
// no reason to speak before the next keep-alive: nobody else could be asked until then.
// The repair of a gap is done when the gap is closed.
func (c *Selector) done(taken *marks.Vector, now time.Time) bool {
	return c.gap.Seq == 0 && !c.more[c.repairer] && !c.useful(c.repairer, c.vectors[c.repairer], taken, now)
}

// useful tells whether a peer with these marks has lines of the runs that are wanted
// peer it which this host lacks and may take from it.
func (c *Selector) useful(peer int, words, taken *marks.Vector, now time.Time) bool {
	return slices.ContainsFunc(c.wanted[peer], func(run marks.Run) bool {
		first, lacking := taken.FirstMissing(words, run)
		return lacking && (first == taken.Seq(run)+1 || c.mayStartAt(peer, run, first, taken, now))
	})
}

// Gap judges a message from peer that came too early. It is true when that
// peer is to be asked for a repair; the repair is done when the message has
// been taken.
func (c *Selector) Gap(peer int, message marks.Mark, taken *marks.Vector, now time.Time) (ask bool) {
	if c.repairer != none && c.done(taken, now) {
		c.end(now)
	}
	if c.repairer != none {
		return false
	}
	if words := c.vectors[peer]; words != nil && words.First(message.Run) > taken.Seq(message.Run)+1 {
		return false // it has not got what is missing
	}
	if now.Before(c.history[peer].excludedUntil) && c.hasAlternative(peer, taken, now) {
		return false
	}
	c.gap = message
	c.begin(peer, taken, now)
	return true
}

// Taken notes what was taken from peer, and ends the repair of a gap that is
// closed.
func (c *Selector) Taken(peer int, taken *marks.Vector, now time.Time) {
	if peer == c.repairer && c.gap.Seq != 0 && taken.Seq(c.gap.Run) >= c.gap.Seq {
		c.end(now)
	}
}

// Disconnected notes that the connection of a peer has ended.
func (c *Selector) Disconnected(peer int, now time.Time) {
	if c.vectors[peer] != nil {
		c.disconnected[peer] = now
	}
	c.vectors[peer], c.wanted[peer] = nil, nil
	if c.repairer == peer {
		c.end(now)
	}
}
