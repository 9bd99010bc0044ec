package actors

import (
	"time"

	"xlattice.org/zog/internal/record"
	"xlattice.org/zog/internal/sequencer"
	"xlattice.org/zog/messages/pzog"
)

// reportRefused reports refused texts: those that the router refused, or the others. On each
// connection one text is shown for each reason, and the others are counted. The client gets an
// answer to each.
func (c *clientConn) reportRefused(refused []sequencer.Refused, byRouter bool) {
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
