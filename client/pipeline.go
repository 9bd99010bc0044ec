package client

import (
	"context"
	"sync"
	"time"

	"xlattice.org/zog/internal/frame"
)

// pipeline holds the texts of one SendAll, from the sequence to the report. Three
// goroutines share it: the feeder draws texts and sends them; the failover gets connections
// and sends open texts again; the reporter reports results. Connections resolve texts in
// between. Texts are numbered from 0.
//
// Invariant: reported <= final <= listed <= drawn <= reported + len(ring), with final and
// listed those of the tracker, and drawn that of the feeder.
//
// The feeder works without a lock for each text. An item of the ring belongs to the feeder
// until its text is sent or rejected, then to the failover while it is open, then to the
// reporter until it is reported. Each change of owner is under mu.
type pipeline struct {
	ring      []item // text i is at i % len(ring)
	session   uint64 // 0 if the texts have no names
	minCopies int    // how many hosts must hold each text

	*clock
	patience uint32 // how many ticks a text may wait for its outcome

	mu            sync.Mutex
	tracker       tracker
	lease         *lease // the present one, or nil
	round         *round // the texts on it, or nil
	usable        bool   // the feeder may use the lease
	leaseWanted   bool   // the feeder waits for one
	resolved      int    // texts sent on the lease that have an outcome
	accepted      int    // texts taken or refused for their content, since the start
	acceptedThen  int    // accepted at the last tick
	acceptedAt    uint32 // the first tick after accepted last grew
	tickedAt      time.Time
	needsFailover bool // others were lost or refused: failover must act
	hostUnfit     bool // the host refused because of its own condition
	reported      int
	finished      bool  // the sequence has ended, and all texts were sent or rejected
	stopped       bool  // or the feeder stopped early
	drawn         int   // set with finished or stopped
	failure       error // failover gave up for this reason
	done          bool  // there will be no more results
	abandoned     bool  // the sequence blocks and is left running

	// Where each of the three goroutines waits.
	feederCond, failoverCond, reporterCond sync.Cond
}

// item is a text, how often it was sent again after its connection was lost, and at which
// tick it was drawn from the sequence.
type item struct {
	text    string
	resends int32
	drawnAt uint32
}

// round is the texts on one lease. It is the sender, so that an answer which comes after the
// lease has ended is not taken for one on the next lease.
type round struct {
	pipeline *pipeline
	began    uint32 // the tick
	overdue  int    // texts that have an outcome already, as their time was up; guarded by pipeline.mu
}

// resolve implements sender.
func (r *round) resolve(n int, o outcome) { r.pipeline.resolve(r, n, o) }

// copies implements sender.
func (r *round) copies() int { return r.pipeline.minCopies }

func newPipeline(cfg *Config) *pipeline {
	p := &pipeline{ring: make([]item, cfg.Window), minCopies: cfg.MinCopies, tracker: tracker{resend: !cfg.NoResend}, clock: new(clock), patience: patience(cfg.Timeout), tickedAt: time.Now()}
	if !cfg.NoResend {
		p.session = newSession()
	}
	p.feederCond.L, p.failoverCond.L, p.reporterCond.L = &p.mu, &p.mu, &p.mu
	return p
}

func (p *pipeline) at(index int) *item { return &p.ring[index%len(p.ring)] }

// setName sets the session and number of a text.
func (p *pipeline) setName(d *frame.Data, index int) {
	if p.session != 0 {
		d.Session, d.Number = p.session, uint64(index)+1
	}
}

// newLease starts a lease on a connection. The feeder may not use it yet.
func (p *pipeline) newLease(cn *conn) *lease {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.round = &round{pipeline: p, began: p.ticks.Load()}
	p.lease = &lease{conn: cn, sender: p.round}
	return p.lease
}

// resolve gives the outcome of the next n texts of a round.
func (p *pipeline) resolve(r *round, n int, o outcome) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.failure != nil || r != p.round { // all its texts have an outcome
		return
	}
	late := min(n, r.overdue)
	r.overdue -= late
	if o.answered() && !o.temporary() {
		p.accepted += n
	}
	if n -= late; n == 0 {
		return
	}
	o = o.behind(late)
	p.resolved += n
	switch {
	case o.temporary():
		p.hostUnfit, p.needsFailover = true, true
		p.lease.close()
	case !o.answered():
		p.needsFailover = true
	}
	p.tracker.record(n, o)
	if p.needsFailover || p.finished || !p.usable {
		p.failoverCond.Signal()
	}
	p.wakeReporter()
}

// wakeReporter wakes the reporter if there is something to report. The caller holds mu.
func (p *pipeline) wakeReporter() {
	if p.done || len(p.tracker.ready) > 0 {
		p.reporterCond.Signal()
	}
}

// reject records the outcome of a text that is not sent. An error says why the feeder must
// stop.
func (p *pipeline) reject(ctx context.Context, index int, o outcome) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.done {
		p.tracker.reject(index, o)
		p.wakeReporter()
	}
	return p.stopReason(ctx)
}

// reserve waits until more texts than limit may be drawn in all, and returns how many.
func (p *pipeline) reserve(ctx context.Context, limit int) (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for {
		if err := p.stopReason(ctx); err != nil {
			return limit, err
		}
		if room := p.reported + len(p.ring); room > limit {
			return room, nil
		}
		p.feederCond.Wait()
	}
}

// awaitLease waits for a lease that the feeder may use, other than the lost one.
func (p *pipeline) awaitLease(ctx context.Context, lost *lease) (*lease, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.lease == lost {
		p.usable = false
	}
	for !p.usable {
		if err := p.stopReason(ctx); err != nil {
			return nil, err
		}
		p.leaseWanted = true
		p.failoverCond.Signal()
		p.feederCond.Wait()
	}
	return p.lease, nil
}

// stopReason returns why the feeder must stop, or nil.
func (p *pipeline) stopReason(ctx context.Context) error {
	if ctx.Err() != nil {
		return contextCause(ctx)
	}
	return p.failure
}

// finish records that the sequence has ended, and all drawn texts were sent or rejected.
func (p *pipeline) finish(drawn int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.finished, p.drawn = true, drawn
	p.failoverCond.Signal()
}

// stop records that the feeder has stopped early. It reports whether the sequence was
// abandoned.
func (p *pipeline) stop(drawn int) (abandoned bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.stopped, p.drawn = true, drawn
	p.failoverCond.Signal()
	return p.abandoned
}

// close ends the reports, after failover is done or gave up for a reason. Texts that were
// drawn and not sent get that reason as their outcome. close waits for the feeder, which
// stops when the sequence yields again. Only if ctx has ended and the sequence blocks,
// having yielded no text that the feeder still holds, is it abandoned; close reports that.
func (p *pipeline) close(ctx context.Context, reason error) (abandoned bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for !p.finished && !p.stopped && !p.abandoned {
		if p.abandoned = ctx.Err() != nil && int(p.yielded.Load()) <= p.tracker.listed; !p.abandoned {
			p.failoverCond.Wait()
		}
	}
	if n := p.drawn - p.tracker.listed; n > 0 {
		p.tracker.enqueue(entry{n: n, outcome: outcome{unsent: true, err: reason}})
	}
	p.done = true
	p.wakeReporter()
	return p.abandoned
}

// wakeAll makes the feeder and failover check their contexts.
func (p *pipeline) wakeAll() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.feederCond.Broadcast()
	p.failoverCond.Broadcast()
}
