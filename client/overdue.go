package client

import (
	"sync"
	"sync/atomic"
	"time"
)

// The clock of a pipeline ticks, so that each text gets the time at which it was drawn
// without reading the time. As it counts ticks, the time for which this process itself was
// stopped does not count.
const (
	ticksPerTimeout = 32 // a text gets its outcome one tick late, rarely two
	minTick         = time.Millisecond
	maxTick         = 500 * time.Millisecond
)

// clock is what the feeder uses for each text, in a cache line of its own.
type clock struct {
	ticks   atomic.Uint32 // since the start
	yielded atomic.Int64  // texts that the sequence yielded; the last may not be drawn yet
	_       [48]byte
}

// tickInterval returns the time between two ticks.
func tickInterval(timeout time.Duration) time.Duration {
	return min(max(timeout/ticksPerTimeout, minTick), maxTick)
}

// patience returns how many ticks a timeout has.
func patience(timeout time.Duration) uint32 {
	tick := tickInterval(timeout)
	return uint32((timeout + tick - 1) / tick)
}

// startClock starts the clock. The caller calls stop, which returns when it has ended.
func (p *pipeline) startClock(cfg *Config) (stop func()) {
	var silence time.Duration // how long a host may be silent, if the timeout is short and there are others
	if half := cfg.Timeout / 2; half < cfg.Silence && len(cfg.Hosts) > 1 {
		silence = half
	}
	ended := make(chan struct{})
	var running sync.WaitGroup
	running.Go(func() {
		ticker := time.NewTicker(tickInterval(cfg.Timeout))
		defer ticker.Stop()
		for {
			select {
			case <-ticker.C:
				p.tick(silence, len(cfg.Hosts) > 1)
			case <-ended:
				return
			}
		}
	})
	return func() {
		close(ended)
		running.Wait()
	}
}

// tick ends the waiting for answers whose time is up. others says that there are other hosts.
func (p *pipeline) tick(silence time.Duration, others bool) {
	p.ticks.Add(1)
	p.mu.Lock()
	defer p.mu.Unlock()
	p.tickedAt = time.Now()
	if p.accepted != p.acceptedThen {
		p.acceptedThen, p.acceptedAt = p.accepted, p.ticks.Load()
	}
	if p.lease == nil || p.failure != nil {
		return
	}
	unanswered := p.lease.count() - p.resolved
	if unanswered == 0 {
		return
	}
	if silence > 0 {
		p.lease.limitSilence(silence)
	}
	if n := p.tracker.countUnresolved(unanswered, p.isOverdue); n > 0 {
		p.expire(n, others)
	}
}

// ticksLeft returns how many ticks from now on the time of a text is up; 0 or less if it is.
// Its time begins when it is drawn, and anew when the hosts accept others before it.
func (p *pipeline) ticksLeft(index int) int {
	sinceDrawn := int(p.ticks.Load() - p.at(index).drawnAt) // or one tick less
	return max(int(p.patience)+1-sinceDrawn, int(p.patience)-p.sinceAccepted())
}

// sinceAccepted returns for how many ticks the hosts have accepted nothing, at least.
func (p *pipeline) sinceAccepted() int { return int(p.ticks.Load() - p.acceptedAt) }

// dueAt returns when the time of a text is up: a moment after the tick, and not before now, so
// that whoever waits until then finds it overdue.
func (p *pipeline) dueAt(index int, tick time.Duration, now time.Time) time.Time {
	at := p.tickedAt.Add(time.Duration(p.ticksLeft(index)) * tick)
	if at.Before(now) { // the tick is late
		at = now
	}
	return at.Add(tick / 4)
}

func (p *pipeline) isOverdue(index int) bool { return p.ticksLeft(index) <= 0 }

// expire ends the waiting for the answers to the next n texts of the round. They stay on the
// connection: what is answered later changes nothing. If the host has had the whole timeout
// and there are others, the rest of the sequence goes to one of them.
func (p *pipeline) expire(n int, others bool) {
	p.tracker.expire(n, outcome{host: p.lease.conn.host, err: &lostError{host: p.lease.conn.host, cause: ErrTimeout}})
	p.resolved += n
	p.round.overdue += n
	had := min(int(p.ticks.Load()-p.round.began), p.sinceAccepted())
	if others && had >= int(p.patience) {
		p.hostUnfit, p.needsFailover = true, true
		p.lease.close()
	}
	p.failoverCond.Signal()
	p.wakeReporter()
}
