package relay

import (
	"xlattice.org/zog/internal/ring"
	"xlattice.org/zog/internal/row"
)

// Tree tells to which peers a host sends a row. It keeps its last answer, which most often
// is that for the next row too. It is not safe for concurrent use.
type Tree struct {
	plan  ring.Plan
	self  int
	index func(origin string) (int, bool)

	// What the answer is about.
	origin   string
	wrapping uint32
	up       ring.Set
	valid    bool

	known bool // the origin is in the ring
	at    int  // the origin's index
	sends []ring.Send
	peers ring.Set // the peers in sends
}

// NewTree returns the Tree of host self. index returns the index of a host of the ring by
// name.
func NewTree(plan ring.Plan, self int, index func(string) (int, bool)) *Tree {
	return &Tree{plan: plan, self: self, index: index}
}

// Peers returns who receives rows along the tree, given the hosts that links reach. The
// others receive them by repair only.
func (t *Tree) Peers(rows []row.Row, up ring.Set) (peers ring.Set) {
	for i := range rows {
		t.compute(&rows[i], up)
		peers |= t.peers
	}
	return peers
}

// compute sets the answer for a row.
func (t *Tree) compute(r *row.Row, up ring.Set) {
	if t.valid && t.up == up && t.wrapping == r.Wrapping && t.origin == r.Origin {
		return
	}
	t.origin, t.wrapping, t.up, t.valid = r.Origin, r.Wrapping, up, true
	t.sends, t.peers = t.sends[:0], 0
	if t.at, t.known = t.index(r.Origin); t.known {
		t.sends = t.plan.Sends(t.sends, t.at, t.self, r.Wrapping, up)
	}
	for _, s := range t.sends {
		t.peers = t.peers.With(s.To)
	}
}

// wrappingFor returns the wrapping with which the row goes to a peer. It is false if the
// row does not go there.
func (t *Tree) wrappingFor(peer int) (wrapping uint32, ok bool) {
	for _, s := range t.sends {
		if s.To == peer {
			return s.Wrapping, true
		}
	}
	return 0, false
}
