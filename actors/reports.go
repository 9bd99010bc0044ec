package actors

import (
	"errors"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"

	"github.com/sirupsen/logrus"

	"xlattice.org/zog/internal/frame"
	"xlattice.org/zog/internal/neterr"
	"xlattice.org/zog/internal/ratelimit"
	"xlattice.org/zog/messages"
)

// maxReports is how many reports may be on their way to the error log (I6).
const maxReports = 4096

// reports decides which reports become a line of error.log. The others are counted, and the
// error log asks for the sums. It outlives the restarts of the error log.
type reports struct {
	id     *identity
	log    logrus.FieldLogger
	now    func() time.Time // the clock of error.log
	counts *Counts
	actors *directory

	mu      sync.Mutex
	limiter ratelimit.Limiter
	queued  atomic.Int64 // reports on their way to the error log
}

// add reports what came from a remote address. raw is shown in the line, and belongs to the
// reports from here on.
func (r *reports) add(remote, reason string, raw []byte) {
	r.addIf(r.allow(remote, false, reason, time.Now(), r.rates()), remote, reason, raw)
}

// addIf reports what is allowed to become a line.
func (r *reports) addIf(allowed bool, remote, reason string, raw []byte) {
	if !allowed {
		r.counts.Unreported.Add(1)
		return
	}
	r.counts.Reported.Add(1)
	r.actors.System.Root.Send(r.actors.ErrorLog(), &messages.Report{At: r.now(), Remote: remote, Reason: reason, Raw: raw})
}

// addCounted counts n reports that are to have no line of their own.
func (r *reports) addCounted(remote string, n int) {
	if n > 0 {
		r.count(source(remote), n)
		r.counts.Unreported.Add(uint64(n))
	}
}

// connClosed reports why a connection ended: in error.log if what came over it was wrong, in
// the diagnostics otherwise. A nil err is not reported.
func (r *reports) connClosed(remote string, err error, raw []byte) {
	var malformed frame.Malformed
	var violated violation
	var mismatched mismatch
	switch {
	case err == nil:
	case errors.As(err, &mismatched):
		r.addIf(r.allow(remote, true, err.Error(), time.Now(), r.rates()), remote, err.Error(), raw)
	case errors.As(err, &malformed), errors.As(err, &violated):
		r.add(remote, err.Error(), raw)
	default:
		r.log.WithField("remote", remote).Debugf("connection closed: %v", neterr.Cause(err))
	}
}

// allow tells whether a report becomes a line. If so, it counts as queued until taken.
// repeated says that others dial again and again for the same reason.
func (r *reports) allow(remote string, repeated bool, reason string, now time.Time, rates ratelimit.Rates) bool {
	from := source(remote)
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.queued.Load() >= maxReports {
		// The disk does not keep up.
		r.limiter.Count(from, 1)
		return false
	}
	if repeated && !r.limiter.TakeRepeated(from, reason, now, rates) || !repeated && !r.limiter.Take(from, now, rates) {
		return false
	}
	r.queued.Add(1)
	return true
}

// taken notes that the error log has taken a report out of its mailbox.
func (r *reports) taken() { r.queued.Add(-1) }

func (r *reports) count(from netip.Prefix, n int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.limiter.Count(from, uint64(n))
}

// sums returns how many reports got no line, and begins to count anew.
func (r *reports) sums(now time.Time, rates ratelimit.Rates) []ratelimit.Sum {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.limiter.Sums(now, rates)
}

// settle makes the next sums have all reports that got no line.
func (r *reports) settle() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.limiter.Settle()
}

// rates are those of the ring file in force.
func (r *reports) rates() ratelimit.Rates {
	e := r.id.Ring().ErrorLog
	return ratelimit.Rates{All: e.Lines, PerAddress: e.LinesPerAddress}
}

// source returns the address, or the network, that a remote address with port counts for.
func source(remote string) netip.Prefix {
	at, _ := netip.ParseAddrPort(remote) // the zero address if it has none
	return ratelimit.Source(at.Addr())
}
