package client

import (
	"fmt"
	"time"
)

// party is whoever put messages on a connection and is told what became of
// them: in their order, each once.
type party interface {
	// settle gives the verdict on the party's next n messages. It is called by
	// the connection's reader and must not block.
	settle(n int, v verdict)
}

// run is n messages in a row of the same party.
type run struct {
	to party
	n  int
}

// flight is what is on its way on one connection: ids from 1 on, first queued,
// then handed to the kernel, then answered (DESIGN 3). Answers come strictly in
// the order of the ids, so three counters tell the state of every message, and
// whose they are is told by runs.
type flight struct {
	size                     int    // how many may be unanswered
	queued, handed, answered uint64 // the highest id of each kind
	runs                     []run  // the unanswered ones, oldest first
	head                     int    // of runs; those before it are spent
	age
}

// age tells how long ago the unanswered ones of a flight were handed over, at the
// most. To look at the clock for each would cost too much, so it marks an id from
// time to time: when all up to the mark are answered, the others are younger.
type age struct {
	since  time.Time // no unanswered one was handed over before
	mark   uint64
	marked time.Time // those behind the mark were handed over then or later
}

// free is how many more messages may be queued.
func (f *flight) free() int { return f.size - int(f.queued-f.answered) }

// pending reports whether the host owes an answer.
func (f *flight) pending() bool { return f.handed > f.answered }

// queue takes up one more message and returns its id.
func (f *flight) queue(to party) uint64 {
	f.queued++
	if last := len(f.runs) - 1; last >= f.head && f.runs[last].to == to {
		f.runs[last].n++
		return f.queued
	}
	if f.head > len(f.runs)/2 {
		n := copy(f.runs, f.runs[f.head:])
		clear(f.runs[n:])
		f.runs, f.head = f.runs[:n], 0
	}
	f.runs = append(f.runs, run{to, 1})
	return f.queued
}

// hand notes that all that is queued is given to the kernel now. From here on
// nobody can say that the host did not get it.
func (f *flight) hand(now time.Time) {
	switch {
	case f.answered == f.handed:
		f.since, f.mark, f.marked = now, f.handed, now
	case f.answered >= f.mark:
		f.since, f.mark, f.marked = f.marked, f.handed, now
	}
	f.handed = f.queued
}

// answer appends to dst whose messages an Ok with this id answers. An id that
// was answered before, or was not sent, is an error.
func (f *flight) answer(id uint64, dst []run) ([]run, error) {
	if id <= f.answered || id > f.handed {
		return dst, fmt.Errorf("%w: id %d, with %d sent and %d answered", errUnasked, id, f.handed, f.answered)
	}
	n := int(id - f.answered)
	f.answered = id
	return f.pop(n, dst), nil
}

// ground ends the flight. It returns whose messages the host may or may not
// have, and whose never left.
func (f *flight) ground() (lost, unsent []run) {
	lost = f.pop(int(f.handed-f.answered), nil)
	unsent = f.pop(int(f.queued-f.handed), nil)
	return lost, unsent
}

// pop moves the oldest n messages to dst.
func (f *flight) pop(n int, dst []run) []run {
	for n > 0 {
		first := &f.runs[f.head]
		take := min(n, first.n)
		dst = append(dst, run{first.to, take})
		n -= take
		if first.n -= take; first.n == 0 {
			*first = run{}
			f.head++
		}
	}
	if f.head == len(f.runs) {
		f.runs, f.head = f.runs[:0], 0
	}
	return dst
}
