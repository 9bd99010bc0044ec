// Package places decides who gets one of few places in a queue, and who is served next, so
// that no address keeps others from being served. An address stands for whoever asks: it may be a
// name as well.
//
// The number of places is limited, in all and for one address. When all are taken, the
// address with the most gives one up for an address with fewer. Addresses are served in
// turn: a new entry waits for at most two of each other address, besides the one that is
// being served.
package places

import "slices"

// Limits are how many places there are, in all and for each address.
type Limits struct{ All, Each int }

// Reason is the result of Add.
type Reason int

// The reasons.
const (
	Admitted    Reason = iota // a place was free
	Full                      // all places are taken
	AddressFull               // the address has all the places that it may have
)

// Queue is the entries that wait, and the one that is served. The zero value is empty. It is
// not safe for concurrent use.
type Queue[T comparable] struct {
	entries []*entry[T] // in order of arrival
	serving *entry[T]   // nil if none is served
	clock   uint64      // the tag of the entry that was served last
}

// entry is a taken place. The entry with the lowest tag is served next. The tags of an
// address count up, and those of a new address begin after the clock.
type entry[T comparable] struct {
	who  T
	from string
	tag  uint64
}

// Add gives who a place, if the result is Admitted. displaced is who lost a place for it.
func (q *Queue[T]) Add(who T, from string, l Limits) (displaced []T, why Reason) {
	tag, count := q.clock+1, 0
	for _, p := range q.entries {
		if p.from == from {
			tag, count = max(tag, p.tag+1), count+1
		}
	}
	if count >= l.Each {
		return nil, AddressFull
	}
	if len(q.entries) >= l.All {
		loser := q.victim(count)
		if loser == nil {
			return nil, Full
		}
		displaced = append(displaced, loser.who)
		q.Remove(loser.who)
	}
	q.entries = append(q.entries, &entry[T]{who, from, tag})
	return displaced, Admitted
}

// victim returns the entry that is displaced for an address with count entries: the newest
// of the address that has the most, if that then still has no fewer. Or nil.
func (q *Queue[T]) victim(count int) (loser *entry[T]) {
	counts, most := make(map[string]int), count+1
	for _, p := range q.entries {
		counts[p.from]++
	}
	for _, p := range q.entries {
		if n := counts[p.from]; p != q.serving && n > count+1 && n >= most {
			loser, most = p, n
		}
	}
	return loser
}

// Next starts to serve the next entry that is ready, and returns it. It returns false if none
// is ready, or one is being served.
func (q *Queue[T]) Next(ready func(T) bool) (next T, ok bool) {
	if q.serving != nil {
		return next, false
	}
	for _, p := range q.entries {
		if ready(p.who) && (q.serving == nil || p.tag < q.serving.tag) {
			q.serving = p
		}
	}
	if q.serving == nil {
		return next, false
	}
	q.clock = q.serving.tag
	return q.serving.who, true
}

// Serving returns who is being served.
func (q *Queue[T]) Serving() (who T, ok bool) {
	if q.serving == nil {
		return who, false
	}
	return q.serving.who, true
}

// Find returns the first entry for which fits returns true.
func (q *Queue[T]) Find(fits func(T) bool) (who T, ok bool) {
	i := slices.IndexFunc(q.entries, func(p *entry[T]) bool { return fits(p.who) })
	if i < 0 {
		return who, false
	}
	return q.entries[i].who, true
}

// Remove removes who, waiting or being served.
func (q *Queue[T]) Remove(who T) {
	q.entries = slices.DeleteFunc(q.entries, func(p *entry[T]) bool { return p.who == who })
	if q.serving != nil && q.serving.who == who {
		q.serving = nil
	}
}
