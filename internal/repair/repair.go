// Package repair selects the peer that a host asks for the messages that it lacks.
//
// A host learns in two ways that something is missing. A message comes before which others
// are missing, a gap: the host asks the peer that sent it at once, because under steady
// traffic any other choice would leave gaps open. Or the marks of a peer are above its own:
// the host selects one peer. Either way it asks one peer at a time, the repairer, for
// everything that it lacks.
//
// A peer may be slow, fail, or lie. The [Selector] measures what the repairer sends
// (pace.go), and replaces it when another peer is likely to send more. So a peer that has
// what is missing is asked within a limited time, whatever the other peers do.
//
// Lines may be gone for ever: retired, or lost with a disk. Then a run starts, or goes on,
// at the first line that any host still has, and what is before it is declared a hole
// (hole.go). Peers that have more are asked first.
package repair

import (
	"slices"
	"time"

	"xlattice.org/zog/internal/marks"
)

// none is the repairer while nobody is asked.
const none = -1

// Selector selects the repairer. It knows the last vector of each peer, and how well each
// peer did before. It is not safe for concurrent use.
type Selector struct {
	self         int
	index        func(origin string) (int, bool)
	repairer     int
	gap          marks.Mark      // the message behind the gap that the repair closes; Seq 0 if the repair is not for a gap
	started      time.Time       // the time of the first Report
	vectors      []*marks.Vector // of each peer, by its last Report; nil if it is not connected
	wanted       [][]marks.Run   // of each peer, by its last Report
	more         []bool          // Report.More of each peer
	disconnected []time.Time     // when the last connection of each peer ended
	turn         turn
	history      []history
}

// New returns the Selector of host self in a ring of n hosts. index returns the index of a
// host of the ring by name.
func New(n, self int, index func(origin string) (int, bool)) *Selector {
	return &Selector{
		repairer: none, self: self, index: index,
		vectors: make([]*marks.Vector, n), wanted: make([][]marks.Run, n), more: make([]bool, n),
		disconnected: make([]time.Time, n), history: make([]history, n), turn: turn{peer: none},
	}
}

// Report is what a peer says of its marks in a KeepAlive.
type Report struct {
	Peer  int
	Marks *marks.Vector
	// Wanted are runs of which the peer has lines that this host lacks and takes: all of
	// them, or as many as are worth a look.
	Wanted []marks.Run
	// More says that Wanted does not have all such runs.
	More bool
	// Hello says that this is the first Report of a connection. What it shows as missing
	// cannot be on its way on this connection.
	Hello bool
}

// Decision is what to do after a Report.
type Decision struct {
	// Ask says that the peer that reported is to be asked for a repair.
	Ask bool
	// Replace says that this peer takes the place of peer Replaced. The connection to
	// Replaced is to be closed, because what it would still send now comes from another
	// peer.
	Replace  bool
	Replaced int
}

// Repairer returns the peer that is asked now. It is false if there is none.
func (c *Selector) Repairer() (peer int, ok bool) { return c.repairer, c.repairer != none }

// Heard decides about a peer's Report. taken is the version vector of what this host has
// taken.
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
	// If the peer had it at its last report, and it is still missing, it is not on its way.
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

// supervise ends a repair that is done, or that makes no progress.
func (c *Selector) supervise(w Report, taken *marks.Vector, now time.Time) {
	c.measure(taken, now)
	switch {
	case c.done(w.Peer, taken, now):
		c.end(now)
	case c.turn.idle > measurePeriod:
		c.history[c.repairer].fail(now)
		c.end(now)
	}
}

// done reports whether all lines have come that the repairer says it has. The last
// KeepAlive of a repair may report lines that are still on their way. Once they have come,
// the repairer has no reason to report again before the next keep-alive, and until then
// nobody else could be asked. Where its last report does not tell all, or the repair is that
// of a gap, only a report of its own, as reporter, shows it.
func (c *Selector) done(reporter int, taken *marks.Vector, now time.Time) bool {
	if reporter != c.repairer && (c.gap.Seq != 0 || c.more[c.repairer]) {
		return false
	}
	return !c.useful(c.repairer, c.vectors[c.repairer], taken, now)
}

// useful reports whether the peer, with these marks, has lines that this host wants from
// it, lacks, and may take from it.
func (c *Selector) useful(peer int, words, taken *marks.Vector, now time.Time) bool {
	return slices.ContainsFunc(c.wanted[peer], func(run marks.Run) bool {
		first, lacking := taken.FirstMissing(words, run)
		return lacking && (first == taken.Seq(run)+1 || c.mayStartAt(peer, run, first, taken, now))
	})
}

// Gap decides about a message that peer sent behind a gap. It returns true if that peer is
// to be asked for a repair. The repair is done when the message has been taken.
func (c *Selector) Gap(peer int, message marks.Mark, taken *marks.Vector, now time.Time) (ask bool) {
	if c.repairer != none && c.done(none, taken, now) {
		c.end(now)
	}
	if c.repairer != none {
		return false
	}
	if words := c.vectors[peer]; words != nil && words.First(message.Run) > taken.Seq(message.Run)+1 {
		return false // the peer does not have what is missing
	}
	if now.Before(c.history[peer].excludedUntil) && c.hasAlternative(peer, taken, now) {
		return false
	}
	c.gap = message
	c.begin(peer, taken, now)
	return true
}

// Taken notes that messages of peer were taken. It ends the repair of a gap that is closed.
func (c *Selector) Taken(peer int, taken *marks.Vector, now time.Time) {
	if peer == c.repairer && c.gap.Seq != 0 && taken.Seq(c.gap.Run) >= c.gap.Seq {
		c.end(now)
	}
}

// Disconnected notes that the connection of peer has ended.
func (c *Selector) Disconnected(peer int, now time.Time) {
	if c.vectors[peer] != nil {
		c.disconnected[peer] = now
	}
	c.vectors[peer], c.wanted[peer] = nil, nil
	if c.repairer == peer {
		c.end(now)
	}
}
