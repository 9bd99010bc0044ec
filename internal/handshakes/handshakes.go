// Package handshakes decides when a TLS handshake may go on. One takes as much processor time as
// thousands of messages, and whoever reaches a port may ask for it.
//
// How many go on in a second is limited, in all and for one address. The others wait. Addresses
// from which somebody was let in before go first, and otherwise addresses go in turn. So strangers
// at many addresses take the time that there is for strangers, and delay no client that is known.
//
//	var q handshakes.Queue
//	if !q.Ask(w, from, false, limits, now) { ... } // wait for w.Turn
//	w, again := q.Next(limits, now)                // whose turn it is, or when to ask again
//	q.LetIn(from)                                  // the certificate is good
package handshakes

import (
	"net/netip"
	"slices"
	"time"

	"xlattice.org/zog/internal/ratelimit"
)

// Limits are how many handshakes may go on in a second. Values below 1 count as 1.
type Limits struct {
	All        int // in all
	PerAddress int // from one address
}

const (
	// burstAll is how long the rate of all may be unused and count later: some may go on at once, but
	// not so many that messages wait for them.
	burstAll = 50 * time.Millisecond
	// burstOf is the same for one address.
	burstOf = time.Second
	// maxSources is how many addresses with nobody waiting are remembered, and how many that are known
	// are in each of two generations.
	maxSources = 4096
)

func token(rate int) time.Duration { return time.Second / time.Duration(max(1, rate)) }

// capacity returns that of a bucket: at least one token.
func capacity(rate int, burst time.Duration) time.Duration { return max(token(rate), burst) }

// Waiter is a connection whose handshake may have to wait. It is not used twice.
type Waiter struct {
	Turn chan struct{} // for the caller, to wait on; Queue does not use it

	of *source // nil unless it waits
}

// source is the state of an address.
type source struct {
	bucket  ratelimit.Bucket
	waiting []*Waiter
	tag     uint64 // of the first that waits. Tags count what went on
	known   bool   // somebody from there was let in, or is expected
}

// Queue is the handshakes that wait. The zero value is empty. It is not safe for concurrent use.
type Queue struct {
	bucket  ratelimit.Bucket
	sources map[netip.Prefix]*source
	waiting []*source // that have a Waiter, in the order in which they came
	clock   uint64    // the tag of what went on last
	// Each known address is in recent or in older. When recent is full it becomes older, and those of
	// older are forgotten.
	recent, older map[netip.Prefix]bool
}

// Ask asks whether a handshake may go on. If the result is false it waits, and Next returns it when
// its turn comes. expected says that somebody who is to be let in has this address.
func (q *Queue) Ask(w *Waiter, from netip.Prefix, expected bool, l Limits, now time.Time) bool {
	s := q.source(from)
	s.known = expected || q.isKnown(from)
	if len(s.waiting) == 0 {
		s.tag = max(s.tag, q.clock)
		q.waiting = append(q.waiting, s)
	}
	s.waiting, w.of = append(s.waiting, w), s
	if next, _ := q.next(l, now); next != w {
		return false
	}
	q.goOn(s, l, now)
	return true
}

// Next returns a handshake that may go on now, or nil and when to ask again; the zero time if none
// waits.
func (q *Queue) Next(l Limits, now time.Time) (*Waiter, time.Time) {
	w, again := q.next(l, now)
	if w != nil {
		q.goOn(w.of, l, now)
	}
	return w, again
}

// next returns whose turn it is.
func (q *Queue) next(l Limits, now time.Time) (w *Waiter, again time.Time) {
	if len(q.waiting) == 0 {
		return nil, again
	}
	if at := q.bucket.At(now, token(l.All), capacity(l.All, burstAll)); at.After(now) {
		return nil, at
	}
	var best *source
	for _, s := range q.waiting {
		at := s.bucket.At(now, token(l.PerAddress), capacity(l.PerAddress, burstOf))
		switch {
		case at.After(now):
			if again.IsZero() || at.Before(again) {
				again = at
			}
		case best == nil, s.known && !best.known, s.known == best.known && s.tag < best.tag:
			best = s
		}
	}
	if best == nil {
		return nil, again
	}
	return best.waiting[0], time.Time{}
}

// goOn takes the first of an address out of the queue.
func (q *Queue) goOn(s *source, l Limits, now time.Time) {
	q.bucket.Take(now, token(l.All))
	s.bucket.Take(now, token(l.PerAddress))
	if !s.known { // those who go first do not turn the clock for the others
		q.clock = s.tag
		s.tag++
	}
	q.Leave(s.waiting[0])
}

// Leave takes out a handshake that waits, if it does.
func (q *Queue) Leave(w *Waiter) {
	s := w.of
	if s == nil {
		return
	}
	w.of = nil
	if s.waiting = slices.DeleteFunc(s.waiting, func(o *Waiter) bool { return o == w }); len(s.waiting) == 0 {
		q.waiting = slices.DeleteFunc(q.waiting, func(o *source) bool { return o == s })
	}
}

// LetIn notes that somebody from an address was let in.
func (q *Queue) LetIn(from netip.Prefix) {
	if q.recent[from] {
		return
	}
	if len(q.recent) >= maxSources {
		q.recent, q.older = nil, q.recent
	}
	if q.recent == nil {
		q.recent = make(map[netip.Prefix]bool)
	}
	q.recent[from] = true
}

func (q *Queue) isKnown(from netip.Prefix) bool { return q.recent[from] || q.older[from] }

// source returns the state of an address. When there are too many, those of which nobody waits are
// forgotten.
func (q *Queue) source(from netip.Prefix) *source {
	if s := q.sources[from]; s != nil {
		return s
	}
	if q.sources == nil {
		q.sources = make(map[netip.Prefix]*source)
	}
	if len(q.sources)-len(q.waiting) >= maxSources {
		for at, s := range q.sources {
			if len(s.waiting) == 0 {
				delete(q.sources, at)
			}
		}
	}
	s := new(source)
	q.sources[from] = s
	return s
}
