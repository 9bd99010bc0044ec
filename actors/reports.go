package actors

import (
	"errors"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"

	"xlattice.org/zog/internal/frame"
	"xlattice.org/zog/internal/neterr"
	"xlattice.org/zog/internal/ratelimit"
	"xlattice.org/zog/messages"
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

// report asks for a line in error.log. If there are too many it is only counted.
func (n *Node) report(remote, reason string, raw []byte) {
	if !n.reports.take(remote, time.Now(), n.rates()) {
		n.Counts.Unreported.Add(1)
		return
	}
	n.Counts.Reported.Add(1)
	n.System.Root.Send(n.ErrorLog(), &messages.Report{At: n.Now(), Remote: remote, Reason: reason, Raw: raw})
}

// closed says why a connection ended: in error.log if what came over it was at
// fault, in the daemon's own log if something else was.
func (n *Node) closed(remote string, err error, raw []byte) {
	var malformed frame.Malformed
	var violated violation
	switch {
	case err == nil:
	case errors.As(err, &malformed), errors.As(err, &violated):
		n.report(remote, err.Error(), raw)
	default:
		n.Log.WithField("remote", remote).Debugf("connection closed: %v", neterr.Cause(err))
	}
}
