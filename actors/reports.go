package actors

import (
	"net/netip"
	"sync"
	"sync/atomic"
	"time"

	"xlattice.org/zog/internal/ratelimit"
	"xlattice.org/zog/internal/record"
	"xlattice.org/zog/internal/sequencer"
	"xlattice.org/zog/messages/pzog"
)

// maxReports is how many lines may be on their way to the error log (I6).
const maxReports = 4096

// reports decides which reports become a line of error.log. The others are counted, and
// the error log asks for their sums. It outlives the error log's restarts.
type reports struct {
	mu       sync.Mutex
	limiter  ratelimit.Limiter
	underWay atomic.Int64 // lines on their way
}

// take tells whether a report becomes a line, which is then on its way.
func (r *reports) take(remote string, now time.Time, rates ratelimit.Rates) bool {
	from := source(remote)
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.underWay.Load() >= maxReports {
		// The disk does not keep up.
		r.limiter.Count(from, 1)
		return false
	}
	if !r.limiter.Take(from, now, rates) {
		return false
	}
	r.underWay.Add(1)
	return true
}

func (r *reports) count(remote string, n int) {
	from := source(remote)
	r.mu.Lock()
	defer r.mu.Unlock()
	r.limiter.Count(from, uint64(n))
}

func (r *reports) sums(now time.Time, rates ratelimit.Rates) []ratelimit.Sum {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.limiter.Sums(now, rates)
}

// source returns what stands for the address of a remote, whatever its port is.
func source(remote string) netip.Prefix {
	at, _ := netip.ParseAddrPort(remote) // the zero address if it has none
	return ratelimit.Source(at.Addr())
}

// rates are those of the ring file in force.
func (n *Node) rates() ratelimit.Rates {
	e := n.Ring().ErrorLog
	return ratelimit.Rates{All: e.Lines, PerAddress: e.LinesPerAddress}
}

// countReports counts reports that are to have no line of their own.
func (n *Node) countReports(remote string, many int) {
	if many > 0 {
		n.reports.count(remote, many)
		n.Counts.Unreported.Add(uint64(many))
	}
}

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
		if c.shown.First(uint(r.Reason), now) {
			c.node.report(c.remote, record.Explain(r.Reason, r.Text), r.Text)
		} else {
			counted++
		}
	}
	c.node.Counts.Refused.Add(uint64(found))
	c.node.countReports(c.remote, counted)
}
