package client

import (
	"context"
	"errors"
	"slices"
	"time"

	"xlattice.org/zog/internal/frame"
)

// failover gives a pipeline its connections, and sends again what the loss of one left
// open. While a connection works it only waits.
type failover struct {
	client     *Client
	pipeline   *pipeline
	lease      *lease // the pipeline's; nil when it has none
	hostIndex  int    // the client's number of the host of the lease
	stopWaking func() bool
	hosts      []string   // addresses used, in order of first use
	data       frame.Data // scratch
	body       []byte     // scratch

	searchSince time.Time // when the lease before was lost, or the first one was wanted
	failed      error     // the host that a search since then found down until its end
}

// run returns nil when all texts of the sequence have an outcome. If it gives up, it
// returns why, and the texts that were sent have an outcome.
func (f *failover) run(ctx context.Context) error {
	for {
		done, err := f.wait(ctx)
		if err == nil && !done {
			err = f.reconnect(ctx)
		}
		if err != nil {
			f.abort(err)
		}
		if done || err != nil {
			f.release()
			return err
		}
	}
}

// wait waits until a connection is needed, or done if none is needed any more.
func (f *failover) wait(ctx context.Context) (done bool, err error) {
	p := f.pipeline
	p.mu.Lock()
	defer p.mu.Unlock()
	for {
		switch {
		case ctx.Err() != nil:
			return false, contextCause(ctx)
		case p.needsFailover, p.leaseWanted && !p.usable:
			return false, nil
		case p.finished && p.tracker.final == p.drawn:
			return true, nil
		}
		p.failoverCond.Wait()
	}
}

// reconnect ends the present lease. If texts are open or the feeder waits, it gets a lease
// on another connection and sends the open texts on it, before the feeder may use it.
func (f *failover) reconnect(ctx context.Context) error {
	var lost *conn
	if f.lease != nil {
		lost = f.lease.conn
	}
	if err := f.drainLease(ctx); err != nil {
		return err
	}
	f.startSearch(lost)
	for {
		t := f.plan(time.Now())
		switch {
		case len(t.open) == 0 && !t.leaseWanted:
			return nil
		case t.hopeless:
			return f.failed
		}
		err := f.acquire(ctx, &t)
		switch {
		case err == nil:
			return f.resend(ctx, &t)
		case ctx.Err() != nil:
			return contextCause(ctx)
		case !t.attempted && f.failed != nil && errors.Is(err, ErrNoHost) && !errors.As(err, new(*dialError)):
			return f.failed // a search that ended while the host backs off says less
		case !t.attempted, errors.Is(err, ErrClosed):
			return err
		case errors.As(err, new(*dialError)):
			f.failed = err
		}
	}
}

// startSearch begins a search for a host, after a connection was lost. It goes on with the one
// before if that connection was not to a host that takes clients.
func (f *failover) startSearch(lost *conn) {
	if lost != nil {
		if down, is := lost.lostFor().(*dialError); is {
			f.failed = &noHostError{[]error{down, ErrTimeout}}
			f.hosts = slices.DeleteFunc(f.hosts, func(host string) bool { return host == lost.host })
			return
		}
	}
	f.searchSince, f.failed = time.Now(), nil
}

// drainLease ends the lease, once all texts on it have an outcome.
func (f *failover) drainLease(ctx context.Context) error {
	p := f.pipeline
	sent := 0
	if f.lease != nil {
		sent = f.lease.close()
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.usable = false
	for p.resolved < sent {
		if ctx.Err() != nil {
			return contextCause(ctx)
		}
		p.failoverCond.Wait()
	}
	if p.hostUnfit {
		f.client.backOff(f.hostIndex)
	}
	p.lease, p.round = nil, nil
	p.resolved, p.hostUnfit, p.needsFailover = 0, false, false
	p.tracker.startRound()
	f.release()
	return nil
}

// release drops the lease.
func (f *failover) release() {
	if f.lease != nil {
		f.stopWaking()
		f.lease = nil
	}
}

// plan is what a new lease is for.
type plan struct {
	open           []resendRange // to be sent again
	attempted      bool          // a host had some of these
	lost           bool          // a host may have taken some of these
	forwardedUntil time.Time     // and forwarded them until then
	leaseWanted    bool          // the feeder waits
	until          time.Time     // the search for a host, and sending again, end then
	hopeless       bool          // no host was reached for the whole timeout
}

// plan gives up texts that are too old or whose time is up, and returns what to do about the
// others. Those that no host had are given up with the search.
func (f *failover) plan(now time.Time) plan {
	p, timeout := f.pipeline, f.client.cfg.Timeout
	p.mu.Lock()
	defer p.mu.Unlock()
	p.tracker.giveUp(func(o *outcome) bool {
		e, lost := o.err.(*lostError)
		return lost && now.Sub(e.firstSent) >= ResendWithin
	})
	p.tracker.giveUpOverdue(p.isOverdue)
	p.wakeReporter()
	first, oldest, forwardedUntil := p.tracker.attempted()
	t := plan{
		open: p.tracker.openRanges(), attempted: first >= 0, lost: !oldest.IsZero(),
		forwardedUntil: forwardedUntil, leaseWanted: p.leaseWanted,
	}
	if t.attempted {
		t.until = p.dueAt(first, tickInterval(timeout), now)
		if end := oldest.Add(ResendWithin); t.lost && end.Before(t.until) {
			t.until = end
		}
		return t
	}
	if end := f.searchSince.Add(timeout); !now.Before(end) {
		t.hopeless, f.searchSince = f.failed != nil, now
	}
	t.until = f.searchSince.Add(timeout)
	return t
}

// acquire gets a lease on a connection to the host whose turn it is.
func (f *failover) acquire(ctx context.Context, t *plan) error {
	search, cancel := context.WithDeadlineCause(ctx, t.until, ErrTimeout)
	defer cancel()
	if t.lost {
		if err := awaitForwarding(search, t.forwardedUntil, f.client.cfg.Timeout); err != nil {
			return err
		}
	}
	if !t.attempted {
		search, cancel = f.client.bindSearch(search)
		defer cancel()
	}
	i, cn, err := f.client.connect(search, t.attempted || f.failed != nil)
	if err != nil {
		return err
	}
	f.hostIndex, f.lease, f.stopWaking = i, f.pipeline.newLease(cn), context.AfterFunc(ctx, cn.wakeSenders)
	if !slices.Contains(f.hosts, cn.host) {
		f.hosts = append(f.hosts, cn.host)
	}
	return nil
}

// resend sends the open texts, and then lets the feeder use the lease.
func (f *failover) resend(ctx context.Context, t *plan) error {
	sent := f.sendOpen(ctx, t)
	p := f.pipeline
	p.mu.Lock()
	defer p.mu.Unlock()
	switch {
	case ctx.Err() != nil:
		return contextCause(ctx)
	case !sent:
		p.needsFailover = true
	case !p.needsFailover:
		p.usable, p.leaseWanted = true, false
		p.feederCond.Broadcast()
	}
	return nil
}

// sendOpen sends the open texts, and reports whether all were sent in time.
func (f *failover) sendOpen(ctx context.Context, t *plan) bool {
	ctx, cancel := context.WithDeadlineCause(ctx, t.until, ErrTimeout)
	defer cancel()
	stop := context.AfterFunc(ctx, f.lease.conn.wakeSenders)
	defer stop()
	resent := 0
	defer func() {
		if resent > 0 {
			f.client.cfg.resent(f.lease.conn.host, resent)
		}
	}()
	for _, r := range t.open {
		for index := r.first; index < r.first+r.n; index++ {
			if !f.send(ctx, index, r.lost) {
				return false
			}
			if r.lost {
				resent++
			}
		}
	}
	return true
}

// send sends one text again, and reports whether it was sent. lost says that a host may
// have it.
func (f *failover) send(ctx context.Context, index int, lost bool) bool {
	it := f.pipeline.at(index)
	f.body = withCRLF(f.body[:0], it.text)
	f.data = frame.Data{Text: f.body, TimeoutMS: copiesTimeout(f.timeLeft(index)), MinCopies: askedCopies(f.pipeline.minCopies)}
	f.pipeline.setName(&f.data, index)
	if lost {
		it.resends++ // before it can have an outcome, as the item is the reporter's then
	}
	if f.lease.send(ctx, &f.data) == nil {
		return true
	}
	if lost {
		it.resends--
	}
	return false
}

// timeLeft returns how long a text may wait for its answer.
func (f *failover) timeLeft(index int) time.Duration {
	p, timeout := f.pipeline, f.client.cfg.Timeout
	p.mu.Lock()
	defer p.mu.Unlock()
	return min(timeout, time.Duration(p.ticksLeft(index))*tickInterval(timeout))
}

// abort ends the sending for a reason. Texts that were sent keep the outcome that is known
// now; later answers are ignored.
func (f *failover) abort(reason error) {
	p := f.pipeline
	sent, lost := 0, outcome{}
	if f.lease != nil {
		sent = f.lease.close()
		lost = outcome{host: f.lease.conn.host, err: &lostError{host: f.lease.conn.host, cause: reason}}
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.resolved < sent {
		p.tracker.record(sent-p.resolved, lost)
	}
	p.tracker.startRound()
	p.tracker.closeAll(reason)
	p.usable, p.failure = false, reason
	p.feederCond.Broadcast()
	p.wakeReporter()
}
