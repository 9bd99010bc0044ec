package client

import (
	"fmt"
	"time"
)

// sender is whoever queues messages on a connection.
type sender interface {
	// resolve gives the outcome of the sender's next n messages, in the order of sending. Its id is
	// that of the first.
	// The connection's reader calls it, so it must not block.
	resolve(n int, o outcome)

	// copies returns how many hosts must hold each of the messages.
	copies() int
}

// owned is n consecutive messages of one sender.
type owned struct {
	sender sender
	n      int
}

// flight is the messages on one connection that are not answered. A message is queued,
// which gives it the next id, then sent, then answered (docs/protocol.md, 5 and 6).
// Answers come in the order of the ids, so three counters hold the state of all messages.
//
// Invariant: answered <= sent <= queued <= answered + size; owners sum up to queued -
// answered.
type flight struct {
	size                   int     // how many may be unanswered
	queued, sent, answered uint64  // the highest id in each state, or a later one
	owners                 []owned // of the unanswered messages, oldest first
	head                   int     // the first used index of owners
	age
}

// age bounds the age of the unanswered messages of a flight. To read the clock for each
// message would cost too much, so one id is marked from time to time: when all up to the
// mark are answered, the others are younger.
type age struct {
	sentAfter time.Time // no unanswered message was sent before
	mark      uint64
	markedAt  time.Time // no message after the mark was sent before
}

// free returns how many more messages may be queued.
func (f *flight) free() int { return f.size - int(f.queued-f.answered) }

// pending reports whether the host owes an answer.
func (f *flight) pending() bool { return f.sent > f.answered }

// others reports whether a sender other than this one has unanswered messages.
func (f *flight) others(than sender) bool {
	for _, o := range f.owners[f.head:] {
		if o.sender != than && o.n > 0 {
			return true
		}
	}
	return false
}

// queue adds one message and returns its id.
func (f *flight) queue(from sender) uint64 {
	f.queued++
	if last := len(f.owners) - 1; last >= f.head && f.owners[last].sender == from {
		f.owners[last].n++
		return f.queued
	}
	if f.head > len(f.owners)/2 {
		n := copy(f.owners, f.owners[f.head:])
		clear(f.owners[n:])
		f.owners, f.head = f.owners[:n], 0
	}
	f.owners = append(f.owners, owned{from, 1})
	return f.queued
}

// markSent marks all queued messages as sent: they are about to be handed to the kernel,
// and from now on the host may get them.
func (f *flight) markSent(now time.Time) {
	switch {
	case f.answered == f.sent:
		f.sentAfter, f.mark, f.markedAt = now, f.sent, now
	case f.answered >= f.mark:
		f.sentAfter, f.mark, f.markedAt = f.markedAt, f.sent, now
	}
	f.sent = f.queued
}

// answer appends to dst the messages that an Ok with this id answers. An id that was
// answered already, or not sent yet, is an error.
func (f *flight) answer(id uint64, dst []owned) ([]owned, error) {
	if id <= f.answered || id > f.sent {
		return dst, fmt.Errorf("%w: id %d, with %d sent and %d answered", errUnexpectedAnswer, id, f.sent, f.answered)
	}
	n := int(id - f.answered)
	f.answered = id
	return f.pop(n, dst), nil
}

// abandon ends the flight. It returns the messages that the host may have, and those
// that were never sent.
func (f *flight) abandon() (lost, unsent []owned) {
	lost = f.pop(int(f.sent-f.answered), nil)
	unsent = f.pop(int(f.queued-f.sent), nil)
	return lost, unsent
}

// pop moves the oldest n messages to dst.
func (f *flight) pop(n int, dst []owned) []owned {
	for n > 0 {
		first := &f.owners[f.head]
		take := min(n, first.n)
		dst = append(dst, owned{first.sender, take})
		n -= take
		if first.n -= take; first.n == 0 {
			*first = owned{}
			f.head++
		}
	}
	if f.head == len(f.owners) {
		f.owners, f.head = f.owners[:0], 0
	}
	return dst
}
