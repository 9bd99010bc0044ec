package actors

import (
	"sync/atomic"
	"time"

	"xlattice.org/zog/internal/marks"
	"xlattice.org/zog/internal/ring"
)

// runCensus counts the runs of others that this host takes messages of, and decides whether
// a new one is taken. Each run costs memory and time for ever, and whoever speaks as a peer
// can invent any number, so limits.runs bounds them. Runs that are here already are not
// affected.
type runCensus struct {
	id     *identity
	ledger *marks.Ledger
	census marks.RunLimiter // of what the router has taken
	boots  [ring.MaxHosts]atomic.Uint64
}

// setPresent notes the boot of the run that a peer says is its present one.
func (c *runCensus) setPresent(peer int, boot uint64) { c.boots[peer].Store(boot) }

// present returns the run that a peer says is its present one.
func (c *runCensus) present(peer int) marks.Run {
	return marks.Run{Origin: c.id.hostName(peer), Boot: c.boots[peer].Load()}
}

// share returns the share of each origin, by the ring file in force.
func (c *runCensus) share() marks.RunLimits {
	ring := c.id.Ring()
	return marks.NewRunLimits(ring.Limits.Runs, len(ring.Hosts))
}

// asks tells whether this host would ask a peer for a run that it does not have.
func (c *runCensus) asks(peer int, run marks.Run) bool {
	return c.census.WorthAsking(c.newcomer(peer, run), c.share(), time.Now())
}

// newcomer returns what is known about a run that a peer brings. About our own runs nobody
// else is believed.
func (c *runCensus) newcomer(peer int, run marks.Run) marks.UnknownRun {
	n := marks.UnknownRun{Peer: peer, Origin: marks.OriginIndex(run, c.id.Ring().Index)}
	if n.Origin != marks.NotInRing && n.Origin != c.id.self {
		n.FromOrigin = n.Origin == peer || c.ledger.HoldsLines(n.Origin, run)
		n.Present = c.boots[n.Origin].Load() == run.Boot
	}
	return n
}
