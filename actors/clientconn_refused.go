package actors

import (
	"time"

	"xlattice.org/zog/internal/record"
	"xlattice.org/zog/internal/sequencer"
	"xlattice.org/zog/messages/pzog"
)

// reportRefused reports texts that are refused for what they are, those that the router
// has found or the others. Of those with one reason on one connection one is shown, and
// the others are counted: a client gets its own answer to each.
func (c *ClientConn) reportRefused(refused []sequencer.Refused, byRouter bool) {
	if len(refused) == 0 {
		return
	}
	now, found, counted := time.Now(), 0, 0
	for i := range refused {
		r := &refused[i]
		if byRouter != (r.Reason == pzog.Refusal_NUMBER_REUSED) {
			continue
		}
		found++
		if c.samples.First(uint(r.Reason), now) {
			c.node.reports.add(c.remote, record.Explain(r.Reason, r.Text), r.Text)
		} else {
			counted++
		}
	}
	c.node.Counts.Refused.Add(uint64(found))
	c.node.reports.addCounted(c.remote, counted)
}
