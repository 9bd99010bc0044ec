// Package places decides who has a place in a queue that is short, and who is served
// next, so that nobody from one address keeps others from being served.
//
// There are so many places in all, and so many for one address. Where all are taken, the
// address that has most gives one up for an address that has fewer. Addresses are served
// in turn: whoever comes waits for no more than two of each other address, and the one
// that is served.
package places

import (
	"net/netip"
	"slices"
)

// Limits are how many places there are.
type Limits struct{ All, Each int }

// Reason says why there is no place.
type Reason int

// The reasons.
const (
	Admitted    Reason = iota // there is one
	Full                      // all places are taken
	AddressFull               // the address has all the places that it can have
)

// Queue is who waits, and who is served. The zero value is empty. It is not safe for
// concurrent use.
type Queue[T comparable] struct {
	taken []*place[T] // as they came
	now   *place[T]   // the one that is served
	clock uint64      // the tag of the one that was served last
}

// place is a place that is taken. The tags of an address count up, and those of one that
// comes begin behind the clock: the lowest is the next.
type place[T comparable] struct {
	who  T
	from netip.Prefix
	tag  uint64
}

// Add gives who a place, if there is one. displaced has who lost its place for that, if
// any has.
func (q *Queue[T]) Add(who T, from netip.Prefix, l Limits) (displaced []T, why Reason) {
	tag, count := q.clock+1, 0
	for _, p := range q.taken {
		if p.from == from {
			tag, count = max(tag, p.tag+1), count+1
		}
	}
	if count >= l.Each {
		return nil, AddressFull
	}
	if len(q.taken) >= l.All {
		loser := q.displace(count)
		if loser == nil {
			return nil, Full
		}
		displaced = append(displaced, loser.who)
		q.Remove(loser.who)
	}
	q.taken = append(q.taken, &place[T]{who, from, tag})
	return displaced, Admitted
}

// displace returns the place that an address gives up for one that has only so many: the
// newest one of the address that has most, if that still has no fewer then.
func (q *Queue[T]) displace(count int) (loser *place[T]) {
	counts, most := make(map[netip.Prefix]int), count+1
	for _, p := range q.taken {
		counts[p.from]++
	}
	for _, p := range q.taken {
		if n := counts[p.from]; p != q.now && n > count+1 && n >= most {
			loser, most = p, n
		}
	}
	return loser
}

// Next says who is served from now on: the next in turn of those who are ready. It is
// false if there is none, or one is served already.
func (q *Queue[T]) Next(ready func(T) bool) (next T, ok bool) {
	if q.now != nil {
		return next, false
	}
	for _, p := range q.taken {
		if ready(p.who) && (q.now == nil || p.tag < q.now.tag) {
			q.now = p
		}
	}
	if q.now == nil {
		return next, false
	}
	q.clock = q.now.tag
	return q.now.who, true
}

// Now returns who is served.
func (q *Queue[T]) Serving() (who T, ok bool) {
	if q.now == nil {
		return who, false
	}
	return q.now.who, true
}

// Find returns who has a place and fits.
func (q *Queue[T]) Find(fits func(T) bool) (who T, ok bool) {
	i := slices.IndexFunc(q.taken, func(p *place[T]) bool { return fits(p.who) })
	if i < 0 {
		return who, false
	}
	return q.taken[i].who, true
}

// Remove takes the place of who away.
func (q *Queue[T]) Remove(who T) {
	q.taken = slices.DeleteFunc(q.taken, func(p *place[T]) bool { return p.who == who })
	if q.now != nil && q.now.who == who {
		q.now = nil
	}
}
