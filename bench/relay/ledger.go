package relay

import (
	"errors"
	"slices"

	"golang.org/x/sys/unix"
)

// ledger is what host 0 knows of who holds how many messages, and whom to tell.
// Messages are counted in the order in which host 0 took them, which is that of
// every host.
type ledger struct {
	copies  int
	held    []uint64 // by host, in the order of joining; host 0 is first
	sorted  []uint64 // scratch
	waiting []debt   // oldest first
	owed    int      // of waiting, those before it are paid
	due     []*source
}

// debt is an Ok that is owed to a client once so many messages are held.
type debt struct {
	to    *source
	id    uint64
	count uint64
}

func newLedger(copies int) *ledger { return &ledger{copies: copies, held: make([]uint64, 1)} }

// join adds a host, and returns its place.
func (l *ledger) join() int {
	l.held = append(l.held, 0)
	return len(l.held) - 1
}

// take notes that a client's messages up to id are among the first count.
func (l *ledger) take(s *source, id, count uint64) {
	if l.owed == len(l.waiting) {
		l.waiting, l.owed = l.waiting[:0], 0
	}
	l.waiting = append(l.waiting, debt{s, id, count})
}

// hold notes that a host holds the first count messages.
func (l *ledger) hold(place int, count uint64) { l.held[place] = count }

// answer sends each client one Ok for all that is held by enough hosts.
func (l *ledger) answer() error {
	l.due = l.due[:0]
	for enough := l.enough(); l.owed < len(l.waiting) && l.waiting[l.owed].count <= enough; l.owed++ {
		d := &l.waiting[l.owed]
		if d.to.answer == 0 {
			l.due = append(l.due, d.to)
		}
		d.to.answer = d.id
	}
	for _, s := range l.due {
		var ok [32]byte
		err := write(s.fd, appendOk(ok[:0], s.answer, l.copies))
		s.answer = 0
		if err != nil && !errors.Is(err, unix.EPIPE) && !errors.Is(err, unix.ECONNRESET) && !errors.Is(err, unix.EBADF) {
			return err // a client that is gone needs no answer
		}
	}
	return nil
}

// enough is how many messages are held by as many hosts as asked for.
func (l *ledger) enough() uint64 {
	if l.copies == 1 {
		return l.held[0]
	}
	l.sorted = append(l.sorted[:0], l.held...)
	slices.Sort(l.sorted)
	return l.sorted[len(l.sorted)-l.copies]
}
