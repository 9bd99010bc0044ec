package actors

import (
	"time"

	"xlattice.org/zog/internal/marks"
)

// Of how many runs a host takes messages from peers is limited (limits.runs), as each
// run costs memory and time for good, and whoever speaks as a peer can invent any
// number. What does not concern runs that are there already (marks.RunLimiter).

// share is the share of each origin by the ring file that is in force.
func (n *Node) share() marks.RunLimits {
	ring := n.Ring()
	return marks.NewRunLimits(ring.Limits.Runs, len(ring.Hosts))
}

// asks tells whether this host would ask a peer for a run that it has not.
func (n *Node) asks(peer int, run marks.Run) bool {
	return n.Runs.WorthAsking(n.newcomer(peer, run), n.share(), time.Now())
}

// newcomer is what there is to know of a run that peer brings. Of our own runs nobody
// tells us anything for sure.
func (n *Node) newcomer(peer int, run marks.Run) marks.UnknownRun {
	c := marks.UnknownRun{Peer: peer, Origin: marks.OriginIndex(run, n.Ring().Index)}
	if c.Origin != marks.NotInRing && c.Origin != n.Self {
		c.FromOrigin = c.Origin == peer || n.Ledger.HoldsLines(c.Origin, run)
		c.Present = n.presents[c.Origin].Load() == run.Boot
	}
	return c
}
