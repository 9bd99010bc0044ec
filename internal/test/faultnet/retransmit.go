package faultnet

import (
	"context"
	"syscall"
	"time"
)

// backoff is the schedule of TCP's retransmissions: the first after first, each further one after twice
// as long, at most after most, and tries in all. After one more such time the connection fails with
// ETIMEDOUT.
type backoff struct {
	first, most time.Duration
	tries       int
}

// data is the schedule of Linux for data on a link with a short round trip: after 0.2, 0.6, 1.4, 3,
// 6.2 s and so on. It gives up after 924.6 s (net.ipv4.tcp_retries2 = 15).
var data = backoff{first: 200 * time.Millisecond, most: 2 * time.Minute, tries: 15}

// syn is the schedule of Linux for the SYN of a dial: after 1, 3, 7, 15, 31 and 63 s. It gives up after
// 127 s (net.ipv4.tcp_syn_retries = 6).
var syn = backoff{first: time.Second, most: 2 * time.Minute, tries: 6}

// retransmit is a retransmission timer. The zero value is stopped.
type retransmit struct {
	next  time.Time // when it is sent again, or times out after the last try
	after time.Duration
	tries int // so far
}

func (s *retransmit) runs() bool { return !s.next.IsZero() }

// lost advances the timer for a loss: whatever is sent until that time is lost. It returns false when
// the connection times out.
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

// exhausted says whether there are no tries left.
func (s *retransmit) exhausted(b backoff) bool { return s.tries == b.tries }

// retransmission says whether the head of the queue cannot arrive because it was lost, or is lost now, and
// what the pump must do then. The caller holds mu.
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
		return step{do: giveUp}, true // a reset is not retransmitted
	case drops || e.retransmit.next.After(now):
		return step{do: wait, delay: e.retransmit.next.Sub(now)}, true
	case e.retransmit.exhausted(data):
		return step{do: giveUp}, true
	}
	head.parcel.left = latest(head.parcel.left, e.retransmit.next)
	return step{}, false
}

// timeOut ends the connection at this end only. The peer sees it when it writes.
func (e *end) timeOut() {
	e.mu.Lock()
	e.fail(syscall.ETIMEDOUT)
	e.orphan()
	e.mu.Unlock()
	e.net.resetOrphan(e)
}

// awaitPassable waits until packets pass both ways and the SYN of a dial is retransmitted, or the dial is
// refused or times out.
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

// sleep waits for d, or until changed is closed, or until ctx ends, and returns the error of ctx.
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
