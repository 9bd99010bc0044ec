package repair

import (
	"time"

	"xlattice.org/zog/internal/marks"
)

// A hole is for ever: a message in it that comes later counts as a duplicate. So a hole is
// declared only if all peers say that they have no line in it (noneHasEarlier), and if no
// single peer that lies can extend it over seqs that the origin has yet to assign (confirmed).

// awaitPeers is how long a peer that is not connected is waited for before a hole is
// declared without it.
const awaitPeers = time.Minute

// minWitnesses is how many peers must say that a run goes as far as a hole, if its origin
// is not connected and so many others are.
const minWitnesses = 2

// MayDeclareHole reports whether message seq of run may be taken from peer although
// messages before it are missing: it is the first line that the peer has, and no other peer
// has an earlier one. Then the missing messages are a hole.
func (c *Selector) MayDeclareHole(peer int, run marks.Run, seq uint64, taken *marks.Vector, now time.Time) bool {
	words := c.vectors[peer]
	return words != nil && words.Seq(run) > 0 && words.First(run) == seq && c.mayStartAt(peer, run, seq, taken, now)
}

// mayStartAt reports whether run may start or go on at message seq, the first that peer
// has.
func (c *Selector) mayStartAt(peer int, run marks.Run, seq uint64, taken *marks.Vector, now time.Time) bool {
	return c.noneHasEarlier(peer, run, seq, taken, now) && c.confirmed(run, seq, now)
}

// noneHasEarlier reports whether no other peer has a line of run that this host lacks and
// that is before message first.
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

// confirmed reports whether run is believed to go as far as message seq. The origin knows:
// it says how far its run goes, or that it does not know the run, as after the loss of its
// disk; then it takes the run from others before they take it from each other. If the
// origin is not connected, its run may still grow, and two other peers must confirm seq, or
// the only one that is connected. Our own earlier runs do not grow, nor do those of hosts
// that have left the ring. For these it is also enough that all peers are connected, as
// none that is away could have a line.
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

// witnesses counts the peers except the origin that say that run goes as far as message
// seq, and those that can be heard. all is false if a peer is not connected.
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

// awaited reports whether a peer that is not connected may connect soon: it has just
// disconnected, or this host has just started.
func (c *Selector) awaited(peer int, now time.Time) bool {
	return now.Sub(c.started) < awaitPeers || now.Sub(c.disconnected[peer]) < awaitPeers
}
