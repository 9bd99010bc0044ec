package repair

import (
	"time"

	"xlattice.org/zog/internal/marks"
)

// A hole is for ever, and whatever would be taken inside of it is dropped as known. So it
// is declared only where nobody has a line, by the word of all (nobodyElse), and where one
// liar cannot make it go over what the origin of the run will still give out (vouched).

// awaitPeers is how long the word of a host that is silent, or has not spoken
// yet, is waited for before it is taken that nobody has what is missing.
const awaitPeers = time.Minute

// minWitnesses is how many peers must say that a run goes as far as a hole does, if its
// origin cannot be heard and so many others can.
const minWitnesses = 2

// MayDeclareHole tells whether message seq of run may be taken from peer although
// others before it are missing: it is the first that the peer still has, and
// nobody has one before it. The hole is then declared.
func (c *Selector) MayDeclareHole(peer int, run marks.Run, seq uint64, taken *marks.Vector, now time.Time) bool {
	words := c.vectors[peer]
	return words != nil && words.Seq(run) > 0 && words.First(run) == seq && c.mayStartAt(peer, run, seq, taken, now)
}

// mayStartAt tells whether run may go on at message seq, the first that peer has.
func (c *Selector) mayStartAt(peer int, run marks.Run, seq uint64, taken *marks.Vector, now time.Time) bool {
	return c.noneHasEarlier(peer, run, seq, taken, now) && c.confirmed(run, seq, now)
}

// noneHasEarlier tells whether no other peer has a line of run that this host lacks
// and that comes before message first.
func (c *Selector) noneHasEarlier(peer int, run marks.Run, first uint64, taken *marks.Vector, now time.Time) bool {
	for other, words := range c.vectors {
		switch {
		case other == peer, other == c.self:
		case words == nil && c.awaited(other, now):
			return false
		case words == nil:
		default:
			if line, lacking := taken.FirstMissing(words, run); lacking && line < first {
				return false
			}
		}
	}
	return true
}

// confirmed tells whether run can be believed to go as far as message seq. Its origin knows:
// it says how far it has come, or that it does not know the run, as after the loss of its
// disk; then it takes the run from others before they do from each other. If it cannot be
// heard, its run may still grow, and two others must say so, or the only one that can be
// heard. Our own earlier runs do not grow, nor do those of hosts that are not in the ring
// any more: for them it is also enough that no peer is away, who could have a line.
func (c *Selector) confirmed(run marks.Run, seq uint64, now time.Time) bool {
	origin, known := c.index(run.Origin)
	switch {
	case !known || origin == c.self:
		say, heard, all := c.witnesses(run, seq, none, now)
		return all || say >= min(minWitnesses, heard)
	case c.vectors[origin] != nil:
		return c.vectors[origin].Seq(run) >= seq
	case c.awaited(origin, now):
		return false
	}
	say, heard, _ := c.witnesses(run, seq, origin, now)
	return say >= min(minWitnesses, heard)
}

// witnesses counts the peers but for the origin that say that run goes as far as message
// seq, and those that can be heard. all is true if no peer is away.
func (c *Selector) witnesses(run marks.Run, seq uint64, origin int, now time.Time) (say, heard int, all bool) {
	all = true
	for peer, words := range c.vectors {
		switch {
		case peer == c.self, peer == origin:
		case words != nil:
			heard++
			if words.Seq(run) >= seq {
				say++
			}
		case c.awaited(peer, now):
			heard++
			all = false
		default:
			all = false
		}
	}
	return say, heard, all
}

// awaited tells whether a peer that is not connected may still be heard: it has just gone,
// or we have just started.
func (c *Selector) awaited(peer int, now time.Time) bool {
	return now.Sub(c.started) < awaitPeers || now.Sub(c.disconnected[peer]) < awaitPeers
}
