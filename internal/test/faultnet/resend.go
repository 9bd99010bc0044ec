package faultnet

import (
	"context"
	"syscall"
	"time"
)

// backoff is how TCP sends again what was lost: after first, then after twice as long
// each time and never more than most, and so many times. Who has heard nothing after one
// more such time gives up, with ETIMEDOUT.
type backoff struct {
	first, most time.Duration
	tries       int
}

// data is how Linux sends the bytes of a connection again, where the way is short: after
// 0.2, 0.6, 1.4, 3, 6.2 s and so on. It gives up after 924.6 s (net.ipv4.tcp_retries2 = 15).
var data = backoff{first: 200 * time.Millisecond, most: 2 * time.Minute, tries: 15}

// syn is how Linux sends the first packet of a dial again: after 1, 3, 7, 15, 31 and 63 s.
// It gives up after 127 s (net.ipv4.tcp_syn_retries = 6).
var syn = backoff{first: time.Second, most: 2 * time.Minute, tries: 6}

// retransmit is a retransmission timer. The zero value is stopped: nothing is lost.
type retransmit struct {
	next  time.Time // when it is sent again, or given up if it was sent often enough
	after time.Duration
	tries int // so far
}

func (s *retransmit) runs() bool { return !s.next.IsZero() }

// lost is for a time at which nothing passes: what is sent then, or was to be sent again
// by then, is lost. It is false when that is given up.
func (s *retransmit) lost(b backoff, at time.Time) bool {
	if !s.runs() {
		*s = retransmit{next: at.Add(b.first), after: b.first}
	}
	for !s.next.After(at) {
		if s.exhausted(b) {
			return false
		}
		s.tries++
		s.after = min(2*s.after, b.most)
		s.next = s.next.Add(s.after)
	}
	return true
}

// exhausted tells whether nothing is sent again when next has come.
func (s *retransmit) exhausted(b backoff) bool { return s.tries == b.tries }

// retransmission tells whether the head of the queue cannot go because it was lost, or is lost
// now, and what is to be done then. The mutex is held.
func (e *end) retransmission(head *item) (s step, yes bool) {
	drops, healed := e.link.outage()
	now := time.Now()
	lost := now
	if !drops {
		lost = healed
	}
	switch {
	case !drops && !e.retransmit.runs():
		return step{}, false
	case drops && head.mark == reset, !e.retransmit.lost(data, lost):
		return step{do: giveUp}, true // nobody sends a reset again
	case drops || e.retransmit.next.After(now):
		return step{do: wait, delay: e.retransmit.next.Sub(now)}, true
	case e.retransmit.exhausted(data):
		return step{do: giveUp}, true
	}
	head.parcel.left = latest(head.parcel.left, e.retransmit.next)
	return step{}, false
}

// timeOut ends the connection at this end alone: the peer hears of it when it says
// something.
func (e *end) timeOut() {
	e.mu.Lock()
	e.fail(syscall.ETIMEDOUT)
	e.orphan()
	e.mu.Unlock()
	e.net.resetOrphan(e)
}

// awaitPassable returns when packets pass both ways and the first one of a dial is sent
// again, or the dial is refused.
func (n *Net) awaitPassable(ctx context.Context, r Route) error {
	var s retransmit
	for {
		silent, changed, err := n.dialState(r)
		now := time.Now()
		switch {
		case err != nil:
			return err
		case silent && !s.lost(syn, now), !silent && s.exhausted(syn) && !s.next.After(now):
			return syscall.ETIMEDOUT
		case !silent && !s.next.After(now):
			return nil
		}
		if err := sleep(ctx, s.next.Sub(now), changed); err != nil {
			return err
		}
	}
}

// sleep returns after so long, or when something has changed, or with the error of ctx.
func sleep(ctx context.Context, d time.Duration, changed <-chan struct{}) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-changed:
	case <-ctx.Done():
		return ctx.Err()
	}
	return nil
}
