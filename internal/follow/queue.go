package follow

import "time"

const (
	// leastPause is the least time between two moments at which followers are woken, and
	// pauseEach is added for each that was: a thousand that wait take a part of a processor.
	leastPause = 2 * time.Millisecond
	pauseEach  = 20 * time.Microsecond
	// lostTurn is after which time a turn counts as over: the word of it was lost, or the disk
	// hangs, which must not hold up those who read another segment.
	lostTurn = time.Second
	// longestRest is the longest time after a turn in which nobody reads: it was the disk that took
	// longer.
	longestRest = 5 * time.Millisecond
)

// Queue decides which followers read the log next: few at a time, in turn, so that the
// host has the rest of the machine. T names a follower. The zero Queue is empty.
type Queue[T comparable] struct {
	waits   map[T]struct{} // until the log grows
	ready   []T            // in their order
	queued  map[T]struct{}
	reading map[T]time.Time // since when
	rests   time.Time       // nobody reads until then
	next    time.Time       // when followers may be woken again
}

// Ask notes that a follower wants to read: at once, or with grown once the log has grown.
func (q *Queue[T]) Ask(who T, grown bool, now time.Time) {
	q.Done(who, now)
	if _, ok := q.queued[who]; ok {
		return
	}
	if grown {
		if q.waits == nil {
			q.waits = make(map[T]struct{})
		}
		q.waits[who] = struct{}{}
		return
	}
	q.enqueue(who)
}

func (q *Queue[T]) enqueue(who T) {
	if q.queued == nil {
		q.queued = make(map[T]struct{})
	}
	delete(q.waits, who)
	q.queued[who] = struct{}{}
	q.ready = append(q.ready, who)
}

// Waiting tells whether a follower waits for the log to grow.
func (q *Queue[T]) Waiting() bool { return len(q.waits) > 0 }

// Grown wakes those who wait for the log to grow, or returns after which time it will.
func (q *Queue[T]) Grown(now time.Time) (later time.Duration) {
	if left := q.next.Sub(now); left > 0 {
		return left
	}
	q.next = now.Add(leastPause + time.Duration(len(q.waits))*pauseEach)
	for who := range q.waits {
		q.enqueue(who)
	}
	return 0
}

// Next returns who reads now, if most at a time do. It is false if nobody does; then later is
// after which time somebody may, or 0.
func (q *Queue[T]) Next(now time.Time, most int) (who T, later time.Duration, ok bool) {
	if len(q.ready) == 0 {
		return who, 0, false
	}
	if left := q.rests.Sub(now); left > 0 {
		return who, left, false
	}
	for other, since := range q.reading {
		if now.Sub(since) >= lostTurn {
			delete(q.reading, other)
		}
	}
	for len(q.reading) < most && len(q.ready) > 0 {
		who, q.ready = q.ready[0], q.ready[1:]
		if _, ok := q.queued[who]; !ok {
			continue // it has gone
		}
		delete(q.queued, who)
		if q.reading == nil {
			q.reading = make(map[T]time.Time)
		}
		q.reading[who] = now
		return who, 0, true
	}
	return who, 0, false
}

// Done notes that a follower has read. If others wait for their turn, they do so for as long again,
// as what was read is yet to be written: all of them together leave the host half of its time.
func (q *Queue[T]) Done(who T, now time.Time) {
	since, ok := q.reading[who]
	if !ok {
		return
	}
	delete(q.reading, who)
	if len(q.ready) > 0 {
		q.rests = now.Add(min(now.Sub(since), longestRest))
	}
}

// Remove forgets a follower.
func (q *Queue[T]) Remove(who T) {
	delete(q.waits, who)
	delete(q.queued, who)
	delete(q.reading, who)
}
