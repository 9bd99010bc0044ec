// Package resend remembers the names that clients gave their messages, so that a message
// that is sent again is recognised (docs/protocol.md, Sending again).
//
// A client names each message by a random session and the number of the message in it, and
// uses the same name when it sends the message again. A [Table] maps names to identities:
// the run of the message and its seq. Before a host assigns an identity to a message it
// looks up the name. After it has assigned one, or has taken the message from a peer, it
// notes the name:
//
//	if run, seq, n, ok := table.Find(session, number, count); ok {
//		// n of them are duplicates: answer once they are durable
//	}
//	...
//	table.Note(owner, session, number, run, seq, count, now)
//
// Mostly both count up: a client that pipelines sends 1, 2, 3 ... and the host assigns seq
// 41, 42, 43 ... Such messages are looked up and noted together, and are one stretch of the
// Table, however many there are.
//
// A Table holds a limited number of stretches (I6), each for some time after it last grew.
// Each belongs to an [Owner], the connection that brought it. When there are too many, an
// owner that has more than its share loses its oldest, so no client can push out the names
// of others.
//
// A Table keeps what it was told. A router that falls back to what is durable says so by
// Retain.
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
	lastSession *sessionNames            // the session that was looked up last; the next lookup is often for the same one
	owners      owners
}

// New returns a Table of at most limit stretches. It forgets a stretch that has not grown
// for the duration keep.
func New(limit int, keep time.Duration) *Table {
	return &Table{limit: limit, keep: keep, sessions: make(map[uint64]*sessionNames)}
}

// Len returns the number of stretches.
func (t *Table) Len() int { return t.owners.count }

// Note notes that n messages, named number and up, are messages seq and up of run, brought
// by owner. A name that is known already keeps its identity. Session 0 is no session. Names
// and seqs must not overflow. A new stretch makes room for itself: stretches that are too
// old go, and if there are too many, the oldest of an owner that has more than its share.
func (t *Table) Note(by Owner, session, number uint64, run marks.Run, seq uint64, n int, now time.Time) {
	for session != 0 && n > 0 {
		_, _, alike, known := t.Find(session, number, n)
		if !known {
			t.add(by, session, number, run, seq, uint64(alike), now)
		}
		number, seq, n = number+uint64(alike), seq+uint64(alike), n-alike
	}
}

// add notes messages of which no name is known.
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

// Find looks up n messages, named number and up. Either the first alike of them are known,
// as messages seq and up of run, or the first alike of them are not.
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

// Retain forgets each message whose seq is greater than last returns for its run. The
// router calls it with the durable marks when it has fallen back to them.
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

// Drop forgets the messages of a run.
func (t *Table) Drop(run marks.Run) {
	t.Retain(func(other marks.Run) uint64 {
		if other == run {
			return 0
		}
		return math.MaxUint64
	})
}

// session returns the session with this id, or nil.
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

// expire drops the stretches that are too old, and while there are too many, the oldest of
// an owner that has more than its share. noting is the owner that has just noted a stretch.
func (t *Table) expire(noting *owner, now time.Time) {
	for st := range t.owners.aged(noting, now, t.keep) {
		t.drop(st)
	}
	for t.owners.count > t.limit {
		t.drop(t.owners.heaviest(noting).oldest)
	}
}

// drop forgets a stretch, and its session if that was the last one.
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
