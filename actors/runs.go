package actors

import (
	"time"

	"xlattice.org/zog/internal/marks"
)

// Of how many runs a host takes messages from peers is limited (limits.runs), as each
// run costs memory and time for good, and whoever speaks as a peer can invent any
// number. What does not concern runs that are there already (marks.Census).

// unwantedPause is the time between two lines about runs that are not taken.
const unwantedPause = time.Minute

// share is the share of each origin by the ring file that is in force.
func (n *Node) share() marks.Share {
	ring := n.Ring()
	return marks.NewShare(ring.Limits.Runs, len(ring.Hosts))
}

// asks tells whether this host would ask a peer for a run that it has not.
func (n *Node) asks(peer int, run marks.Run) bool {
	return n.Runs.Asks(n.newcomer(peer, run), n.share(), time.Now())
}

// newcomer is what there is to know of a run that peer brings. Of our own runs nobody
// tells us anything for sure.
func (n *Node) newcomer(peer int, run marks.Run) marks.Newcomer {
	c := marks.Newcomer{Peer: peer, Origin: marks.Origin(run, n.Ring().Index)}
	if c.Origin != marks.Others && c.Origin != n.Self {
		c.Sure = c.Origin == peer || n.Ledger.Holds(c.Origin, run)
		c.Present = n.presents[c.Origin].Load() == run.Boot
	}
	return c
}

// wants tells whether a run that peer sends a message of, and that is a new one, is taken.
// Of an origin that is no host of the ring it is only in a repair that we have asked for.
func (r *Router) wants(peer int, run marks.Run, now time.Time) bool {
	repairer, asked := r.repairs.Repairer()
	newcomer := r.node.newcomer(peer, run)
	if newcomer.Origin == marks.Others && !(asked && repairer == peer) {
		return false
	}
	if r.node.Runs.Takes(newcomer, r.node.share(), now) {
		return true
	}
	if _, ok := r.unwanted.Take(now, 1, unwantedPause); ok {
		r.node.Log.WithField("peer", r.node.Ring().Hosts[peer].Name).Warnf(
			"brings messages of run %s, and this host takes no more runs of that origin from it for now: "+
				"see limits.runs in docs/operations.md", run.Name())
	}
	return false
}

// count counts a new run, if it was taken.
func (r *Router) count(peer int, run marks.Run, now time.Time) {
	if r.taken.Seq(run) > 0 {
		r.node.Runs.Add(r.node.newcomer(peer, run), r.node.share(), now)
	}
}

// forget drops a run of which nobody holds a line.
func (r *Router) forget(run marks.Run) {
	if r.taken.Seq(run) > 0 {
		r.node.Runs.Remove(marks.Origin(run, r.node.Ring().Index))
	}
	r.taken.Set(marks.Mark{Run: run})
	r.resent.Drop(run)
}
