// Package resend is a host's memory of what clients have sent, so that a message
// that is sent again is known again (DESIGN 6).
//
// A client names each message by a random session and the number of the message
// in it, and uses the same name when it sends the message again. A [Table] maps
// these names to identities: to the run that the message is in, and its seq
// there. Before a host gives a message an identity it looks for its name, and
// after it has given one, or has taken the message from a peer, it notes it:
//
//	if run, seq, ok := table.Find(session, number); ok {
//		// it is here already: answer once (run, seq) is durable
//	}
//	...
//	table.Note(session, number, run, seq, now)
//
// Most numbers come in long rows: a client that pipelines sends 1, 2, 3 ... and
// the host gives it seq 41, 42, 43 ... Such a row is one stretch, however long
// it is. A Table holds a limited count of stretches (I6), each for some time
// after it last grew. It says no more than what it was told: whoever falls back
// behind what was noted, as a router that starts again, says so by Retain.
//
// A Table is not safe for concurrent use.
package resend

import (
	"math"
	"time"

	"xlattice.org/zog/internal/marks"
)

// Table maps names of messages to identities. Make one with New.
type Table struct {
	limit  int
	keep   time.Duration
	tracks map[uint64]*track // by session
	last   *track            // the one that was looked up last: its messages come in long rows
	ages   ages
}

// New returns a table of at most limit stretches, of which it forgets each when
// it has not grown for the time of keep.
func New(limit int, keep time.Duration) *Table {
	return &Table{limit: limit, keep: keep, tracks: make(map[uint64]*track)}
}

// Len returns the number of stretches.
func (t *Table) Len() int { return t.ages.count }

// Note remembers that a message is message seq of run. Where that name is known
// already the older word stands. Session 0 is no session. What is noted for the
// first time makes room for itself: what is too old goes, and of what is too much
// that which has not grown for longest.
func (t *Table) Note(session, number uint64, run marks.Run, seq uint64, now time.Time) {
	if session == 0 {
		return
	}
	tr := t.track(session)
	if tr == nil {
		tr = &track{session: session}
		t.tracks[session], t.last = tr, tr
	}
	at, before := tr.search(number)
	switch {
	case before == nil:
	case number-before.number < before.length:
		return
	case before.next(number, run, seq):
		before.length++
		t.ages.touch(before, now)
		return
	}
	st := &stretch{of: tr, number: number, run: run, seq: seq, length: 1}
	tr.insert(at, st)
	t.ages.add(st, now)
	t.expire(now)
}

// Find returns what was noted for a message.
func (t *Table) Find(session, number uint64) (run marks.Run, seq uint64, ok bool) {
	if tr := t.track(session); tr != nil {
		if st := tr.find(number); st != nil {
			return st.run, st.seq + (number - st.number), true
		}
	}
	return marks.Run{}, 0, false
}

// Retain forgets each message whose seq is higher than last returns for its run:
// the router calls it with the durable marks when it has fallen back to them.
func (t *Table) Retain(last func(marks.Run) uint64) {
	ends := make(map[marks.Run]uint64)
	for st := t.ages.oldest; st != nil; {
		next := st.younger
		end, asked := ends[st.run]
		if !asked {
			end = last(st.run)
			ends[st.run] = end
		}
		if end < st.seq {
			t.drop(st)
		} else if end-st.seq < st.length {
			st.length = end - st.seq + 1
		}
		st = next
	}
}

// Drop forgets what is known of a run.
func (t *Table) Drop(run marks.Run) {
	t.Retain(func(other marks.Run) uint64 {
		if other == run {
			return 0
		}
		return math.MaxUint64
	})
}

// track returns what is known of a session, or nil.
func (t *Table) track(session uint64) *track {
	if t.last != nil && t.last.session == session {
		return t.last
	}
	tr := t.tracks[session]
	if tr != nil {
		t.last = tr
	}
	return tr
}

// expire drops what is too old, and the oldest of what is too much.
func (t *Table) expire(now time.Time) {
	for st := t.ages.oldest; st != nil; st = t.ages.oldest {
		if t.ages.count <= t.limit && now.Sub(st.grew) < t.keep {
			return
		}
		t.drop(st)
	}
}

// drop forgets a stretch, and with the last one its session.
func (t *Table) drop(st *stretch) {
	t.ages.remove(st)
	tr := st.of
	tr.remove(st)
	if len(tr.pages) > 0 {
		return
	}
	delete(t.tracks, tr.session)
	if t.last == tr {
		t.last = nil
	}
}
