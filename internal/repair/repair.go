// Package repair decides whom a host asks for what it lacks (DESIGN 5).
//
// There are two ways to learn that something is missing. A message arrives
// before which others are missing: the link it came on is asked at once, as
// any other choice would let the gaps go on under steady traffic. Or a peer's
// marks are above ours: one peer is chosen. Either way only one at a time is
// asked, for everything, and the others are left alone until it is done.
//
// Old lines may be gone: retired, or lost with a disk. A run then begins, or
// goes on, at the first line that anybody still has, and what is before it is a
// declared hole. Whoever has more is asked first.
package repair

import (
	"slices"
	"time"

	"xlattice.org/zog/internal/marks"
)

const (
	// patience is how long a repairer may go without bringing anything.
	patience = 5 * time.Second
	// shunned is how long one that failed is not chosen again.
	shunned = 30 * time.Second
	// hearsay is how long the word of a host that is silent, or has not spoken
	// yet, is waited for before it is taken that nobody has what is missing: a
	// hole is for ever.
	hearsay = time.Minute
)

// none is the repairer when nobody was asked.
const none = -1

// Chooser remembers who was asked and who failed. It is not safe for
// concurrent use.
type Chooser struct {
	from     int
	since    time.Time // of its last progress
	progress uint64    // what it had brought by then
	until    marks.Mark
	began    time.Time // when there was a first word
	gone     []time.Time
	self     int
	words    []*marks.Table
	shun     []time.Time
}

// New returns the Chooser of host self in a ring of n hosts.
func New(n, self int) *Chooser {
	return &Chooser{from: none, self: self, words: make([]*marks.Table, n), gone: make([]time.Time, n), shun: make([]time.Time, n)}
}

// Word is what a peer has said of its marks.
type Word struct {
	Peer  int
	Marks *marks.Table
	// Wanted are runs of which the peer holds lines that this host lacks and takes: all,
	// or as many as make sense to look at.
	Wanted []marks.Run
	// Hello says that it is the first word on a connection: nothing that it
	// tells of can be on its way on this connection.
	Hello bool
	// Brought counts the messages that were ever taken from the repairer.
	Brought uint64
}

// Repairer returns the host that was asked, if one was.
func (c *Chooser) Repairer() (peer int, ok bool) { return c.from, c.from != none }

// Heard judges a peer's word against the marks of what this host has taken. It
// is true when that peer is to be asked for a repair.
func (c *Chooser) Heard(w Word, taken *marks.Table, now time.Time) (ask bool) {
	before := c.words[w.Peer]
	c.words[w.Peer] = w.Marks
	if c.began.IsZero() {
		c.began = now
	}
	if c.from != none {
		c.supervise(w, taken, now)
	}
	if c.from != none || now.Before(c.shun[w.Peer]) || !c.useful(&w, w.Marks, taken, now) {
		return false
	}
	// What a peer had a word ago and is missing still is not on its way.
	if !w.Hello && before != nil && !c.useful(&w, before, taken, now) {
		return false
	}
	c.begin(w.Peer, w.Brought, now)
	return true
}

// supervise ends a repair that is done, or that has come to nothing.
func (c *Chooser) supervise(w Word, taken *marks.Table, now time.Time) {
	switch {
	case w.Peer == c.from && !c.useful(&w, w.Marks, taken, now):
		c.from = none
	case w.Brought != c.progress:
		c.progress, c.since = w.Brought, now
	case now.Sub(c.since) > patience:
		c.shun[c.from] = now.Add(shunned)
		c.from = none
	}
}

// useful tells whether a peer with these marks has lines of the runs that are wanted
// which this host lacks and may take from it.
func (c *Chooser) useful(w *Word, words, taken *marks.Table, now time.Time) bool {
	return slices.ContainsFunc(w.Wanted, func(run marks.Run) bool {
		first, lacking := taken.LackingOf(words, run)
		return lacking && (first == taken.Seq(run)+1 || c.nobodyElse(w.Peer, run, first, taken, now))
	})
}

// nobodyElse tells whether no other peer has a line of run that this host lacks
// and that comes before message first.
func (c *Chooser) nobodyElse(peer int, run marks.Run, first uint64, taken *marks.Table, now time.Time) bool {
	for other, words := range c.words {
		switch {
		case other == peer, other == c.self:
		case words == nil && (now.Sub(c.began) < hearsay || now.Sub(c.gone[other]) < hearsay):
			return false
		case words == nil:
		default:
			if line, lacking := taken.LackingOf(words, run); lacking && line < first {
				return false
			}
		}
	}
	return true
}

// Bridge tells whether message seq of run may be taken from peer although
// others before it are missing: it is the first that the peer still has, and
// nobody has one before it. The hole is then declared.
func (c *Chooser) Bridge(peer int, run marks.Run, seq uint64, taken *marks.Table, now time.Time) bool {
	words := c.words[peer]
	return words != nil && words.Seq(run) > 0 && words.First(run) == seq && c.nobodyElse(peer, run, seq, taken, now)
}

// Gap judges a message from peer that came too early. It is true when that
// peer is to be asked for a repair; the repair is done when the message has
// been taken.
func (c *Chooser) Gap(peer int, message marks.Mark, taken *marks.Table, brought uint64, now time.Time) (ask bool) {
	if c.from != none {
		return false
	}
	if words := c.words[peer]; words != nil && words.First(message.Run) > taken.Seq(message.Run)+1 {
		return false // it has not got what is missing
	}
	c.begin(peer, brought, now)
	c.until = message
	return true
}

// Taken notes what was taken from peer, and ends the repair of a gap that is
// closed.
func (c *Chooser) Taken(peer int, taken *marks.Table) {
	if peer == c.from && c.until.Seq != 0 && taken.Seq(c.until.Run) >= c.until.Seq {
		c.from = none
	}
}

// Gone notes that the connection of a peer has ended.
func (c *Chooser) Gone(peer int, now time.Time) {
	if c.words[peer] != nil {
		c.gone[peer] = now
	}
	c.words[peer] = nil
	if c.from == peer {
		c.from = none
	}
}

func (c *Chooser) begin(peer int, brought uint64, now time.Time) {
	c.from, c.since, c.progress, c.until = peer, now, brought, marks.Mark{}
}
