package marks

import (
	"sync"
	"time"
)

// What a Ledger knows by the words of peers.

// peer is what is kept of a peer beside the Ledger's lock: nobody else waits while the
// marks of many runs are gone through.
type peer struct {
	mu    sync.Mutex // is locked before Ledger.mu
	lacks Backlog    // what the peer, by its answers, lacks of what is durable here
	wants wantList   // what this host wants of what the peer holds
}

// BeginAck begins a vector of what peer answers on our connection to it. Without delta it
// tells all.
func (l *Ledger) BeginAck(peer int, delta bool) *VectorUpdate {
	l.mu.Lock()
	defer l.mu.Unlock()
	before := &l.acked[peer]
	if !delta && !l.answered[peer] {
		before = &l.previous[peer]
	}
	return l.newUpdate(before, delta)
}

func (l *Ledger) newUpdate(before *Vector, delta bool) *VectorUpdate {
	v := newVectorUpdate(before, delta)
	v.held, v.room = l.durable.Clone(), l.maxUnknown
	return v
}

// CommitAck notes a vector that was begun by Acking and is complete. It is true when
// the present run has become void by that: a new one has to begin.
func (l *Ledger) CommitAck(peer int, v *VectorUpdate, now time.Time) (void bool) {
	said := v.end()
	l.mu.Lock()
	defer l.mu.Unlock()
	l.truncated[peer] = v.truncated || v.unnamed == nil && l.truncated[peer]
	l.acked[peer], l.answered[peer], l.previous[peer] = *said, true, Vector{}
	return l.present.check(peer, said.Seq(l.present.run), now)
}

// Connected forgets what peer answered: the connection is a new one, on which it
// has not spoken yet.
func (l *Ledger) Connected(peer int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.acked[peer].Len() > 0 {
		l.previous[peer] = *l.acked[peer].Clone()
	}
	l.acked[peer], l.answered[peer] = Vector{}, false
}

// AckedBy returns a copy of what peer answered last.
func (l *Ledger) AckedBy(peer int) *Vector {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.acked[peer].Clone()
}

// CaughtUp tells whether peer, by its answers, has all the lines that this host
// has.
func (l *Ledger) CaughtUp(peer int) bool {
	p := &l.peers[peer]
	p.mu.Lock()
	defer p.mu.Unlock()
	l.mu.Lock()
	durable, acked := l.durable.Clone(), l.acked[peer].Clone()
	l.mu.Unlock()
	p.lacks.Update(acked, durable)
	return p.lacks.Len() == 0
}

// Wanted returns up to most runs that this host wants of what peer said last, and the marks
// that the peer is to be told beside ours. asks says whether this host would ask for a
// run that it has not.
func (l *Ledger) Wanted(peer, most int, asks func(Run) bool) (wanted []Run, tell []Mark) {
	p := &l.peers[peer]
	p.mu.Lock()
	defer p.mu.Unlock()
	l.mu.Lock()
	durable, heard := l.durable.Clone(), l.heard[peer].Clone()
	l.mu.Unlock()
	tell = p.wants.update(durable, heard, asks)
	wanted, more := p.wants.take(most, asks)
	return wanted, append(tell, more...)
}

// refusals returns the marks that peer is to be told beside all of ours.
func (l *Ledger) Refusals(peer int) []Mark {
	p := &l.peers[peer]
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.wants.refusals()
}

// BeginKeepAlive begins a vector of what peer says on its connection to us. Without delta it
// tells all.
func (l *Ledger) BeginKeepAlive(peer int, delta bool) *VectorUpdate {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.newUpdate(&l.heard[peer], delta)
}

// CommitKeepAlive notes a vector that was begun by Hearing and is complete. It is true when
// the present run has become void by that: a new one has to begin.
func (l *Ledger) CommitKeepAlive(peer int, v *VectorUpdate, now time.Time) (void bool) {
	said := v.end()
	l.mu.Lock()
	defer l.mu.Unlock()
	l.heard[peer] = *said
	return l.present.check(peer, said.Seq(l.present.run), now)
}

// HeardFrom returns a copy of what peer said last.
func (l *Ledger) HeardFrom(peer int) *Vector {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.heard[peer].Clone()
}

// HoldsLines tells whether peer, by its word on either connection, holds a line of run.
func (l *Ledger) HoldsLines(peer int, run Run) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.heard[peer].lastHeld(run) > 0 || l.acked[peer].lastHeld(run) > 0
}
