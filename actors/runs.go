package actors

import (
	"time"

	"xlattice.org/zog/internal/marks"
	"xlattice.org/zog/messages"
)

// Of how many runs a host takes messages from peers is limited (limits.runs), as each
// run costs memory and time for good, and whoever speaks as a peer can invent any
// number. What does not concern runs that are there already (marks.Census).

// unwantedPause is the time between two lines about runs that are not taken.
const unwantedPause = time.Minute

// wouldTake tells whether this host takes messages of a run that it has not.
func (n *Node) wouldTake(run marks.Run) bool {
	return n.takes(run, n.sure(messages.FromClient, run))
}

func (n *Node) takes(run marks.Run, sure bool) bool {
	ring := n.Ring()
	return n.Runs.Takes(marks.Origin(run, ring.Index), sure, ring.Limits.Runs, len(ring.Hosts), time.Now())
}

// sure tells whether the origin itself says that it has a run, when peer sends a message
// of it. What others say of our own runs is never sure.
func (n *Node) sure(peer int, run marks.Run) bool {
	origin := marks.Origin(run, n.Ring().Index)
	if origin == marks.Others || origin == n.Self {
		return false
	}
	return origin == peer || n.Ledger.Holds(origin, run)
}

// wants tells whether a run that peer sends a message of, and that is a new one, is taken.
// Of an origin that is no host of the ring it is only in a repair that we have asked for.
func (r *Router) wants(peer int, run marks.Run, now time.Time) bool {
	repairer, asked := r.repairs.Repairer()
	if marks.Origin(run, r.node.Ring().Index) == marks.Others && !(asked && repairer == peer) {
		return false
	}
	if r.node.takes(run, r.node.sure(peer, run)) {
		return true
	}
	if now.Sub(r.unwanted) >= unwantedPause {
		r.unwanted = now
		r.node.Log.WithField("peer", r.node.Ring().Hosts[peer].Name).Warnf(
			"brings messages of run %s, and this host takes no more runs of that origin for now: "+
				"see limits.runs in docs/operations.md", run.Name())
	}
	return false
}

// count counts a new run, if it was taken. What we take from ourselves is sure.
func (r *Router) count(peer int, run marks.Run, now time.Time) {
	if r.taken.Seq(run) > 0 {
		sure := peer == r.node.Self || r.node.sure(peer, run)
		r.node.Runs.Add(marks.Origin(run, r.node.Ring().Index), sure, now)
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
