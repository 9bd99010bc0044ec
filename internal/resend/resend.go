// Package resend is a host's memory of what clients have sent, so that a message
// that is sent again is known again (DESIGN 6).
//
// A client names each message by a random session and the number of the message
// in it, and uses the same name when it sends the message again. A [Table] maps
// these names to identities: to the run that the message is in, and its seq
// there. Before a host gives a message an identity it looks for its name, and
// after it has given one, or has taken the message from a peer, it notes it:
//
//	if run, seq, n, ok := table.Find(session, number, count); ok {
//		// n are here already: answer once they are durable
//	}
//	...
//	table.Note(owner, session, number, run, seq, count, now)
//
// Most numbers come in long rows: a client that pipelines sends 1, 2, 3 ... and
// the host gives it seq 41, 42, 43 ... Such a row is asked for and noted at once,
// and is one stretch, however long it is.
//
// A Table holds a limited count of stretches (I6), each for some time after it last
// grew. Each belongs to an [Owner], the connection that brought it. When there are
// too many, an owner that has more than its share loses its oldest, so no client can
// push the names of the others out.
//
// A Table says no more than what it was told: whoever falls back behind what was
// noted, as a router that starts again, says so by Retain.
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
	limit       int
	keep        time.Duration
	sessions    map[uint64]*sessionNames // by session
	lastSession *sessionNames            // the one that was looked up last: its messages come in long rows
	owners      owners
}

// New returns a table of at most limit stretches, of which it forgets each when
// it has not grown for the time of keep.
func New(limit int, keep time.Duration) *Table {
	return &Table{limit: limit, keep: keep, sessions: make(map[uint64]*sessionNames)}
}

// Len returns the number of stretches.
func (t *Table) Len() int { return t.owners.count }

// Note remembers of n messages, named number and on, that they are messages seq and
// on of run, brought by owner. Where a name is known already the older word stands.
// Session 0 is no session; names and seqs do not overflow. What is noted for the
// first time makes room for itself: what is too old goes, and where there is too much,
// the oldest of an owner that has more than its share.
func (t *Table) Note(by Owner, session, number uint64, run marks.Run, seq uint64, n int, now time.Time) {
	for session != 0 && n > 0 {
		_, _, alike, known := t.Find(session, number, n)
		if !known {
			t.add(by, session, number, run, seq, uint64(alike), now)
		}
		number, seq, n = number+uint64(alike), seq+uint64(alike), n-alike
	}
}

// add notes messages of which none is known.
func (t *Table) add(by Owner, session, number uint64, run marks.Run, seq, n uint64, now time.Time) {
	tr := t.session(session)
	if tr == nil {
		tr = &sessionNames{id: session}
		t.sessions[session], t.lastSession = tr, tr
	}
	at, before := tr.search(number)
	if before != nil && before.next(number, run, seq) {
		before.length += n
		before.owner.touch(before, now)
		return
	}
	st := &stretch{session: tr, owner: t.owners.find(by), number: number, run: run, seq: seq, length: n}
	tr.insert(at, st)
	t.owners.add(st, now)
	t.expire(st.owner, now)
}

// Find returns what was noted of n messages, named number and on: as far as they
// are alike, either known, as messages seq and on of run, or not.
func (t *Table) Find(session, number uint64, n int) (run marks.Run, seq uint64, alike int, known bool) {
	tr := t.session(session)
	if tr == nil {
		return marks.Run{}, 0, n, false
	}
	at, before := tr.search(number)
	if before != nil && number-before.number < before.length {
		within := number - before.number
		return before.run, before.seq + within, int(min(uint64(n), before.length-within)), true
	}
	if behind := tr.behind(at); behind != nil {
		n = int(min(uint64(n), behind.number-number))
	}
	return marks.Run{}, 0, n, false
}

// Retain forgets each message whose seq is higher than last returns for its run:
// the router calls it with the durable marks when it has fallen back to them.
func (t *Table) Retain(last func(marks.Run) uint64) {
	ends := make(map[marks.Run]uint64)
	for st := range t.owners.all {
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

// session returns what is known of a session, or nil.
func (t *Table) session(session uint64) *sessionNames {
	if t.lastSession != nil && t.lastSession.id == session {
		return t.lastSession
	}
	tr := t.sessions[session]
	if tr != nil {
		t.lastSession = tr
	}
	return tr
}

// expire drops what is too old, and of what is too much, now that owner has noted
// something, the oldest of whoever has more than its share.
func (t *Table) expire(noting *owner, now time.Time) {
	for st := range t.owners.aged(noting, now, t.keep) {
		t.drop(st)
	}
	for t.owners.count > t.limit {
		t.drop(t.owners.heaviest(noting).oldest)
	}
}

// drop forgets a stretch, and with the last one its session.
func (t *Table) drop(st *stretch) {
	t.owners.remove(st)
	tr := st.session
	tr.remove(st)
	if len(tr.pages) > 0 {
		return
	}
	delete(t.sessions, tr.id)
	if t.lastSession == tr {
		t.lastSession = nil
	}
}
