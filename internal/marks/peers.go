package marks

import (
	"sync"
	"time"
)

// peer has what the Ledger computes for one peer. It has a lock of its own, so that nobody
// waits for the Ledger while the runs of many marks are compared.
type peer struct {
	mu    sync.Mutex // must be locked before Ledger.mu
	lacks Backlog    // what the peer, by its Acks, lacks of the durable lines of this host
	wants wantList   // what this host wants from the peer, by its KeepAlives
}

// BeginAck begins an update of the vector that peer sends in Acks, on the connection that
// this host dialled. Without delta the update has all marks.
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

// CommitAck ends an update of BeginAck: v is the vector of peer from now on. It returns true
// if the present run has become void by that. Then the router has to begin a new one.
func (l *Ledger) CommitAck(peer int, v *VectorUpdate, now time.Time) (void bool) {
	said := v.end()
	l.mu.Lock()
	defer l.mu.Unlock()
	l.truncated[peer] = v.truncated || v.unnamed == nil && l.truncated[peer]
	l.acked[peer], l.answered[peer], l.previous[peer] = *said, true, Vector{}
	return l.present.check(peer, said.Seq(l.present.run), now)
}

// Connected notes a new connection to peer. What the peer sent on the one before does not
// count any more.
func (l *Ledger) Connected(peer int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.acked[peer].Len() > 0 {
		l.previous[peer] = *l.acked[peer].Clone()
	}
	l.acked[peer], l.answered[peer] = Vector{}, false
}

// AckedBy returns a copy of the vector that peer sent last in Acks.
func (l *Ledger) AckedBy(peer int) *Vector {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.acked[peer].Clone()
}

// CaughtUp reports whether peer, by its Acks, has all lines that this host has.
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

// Wanted returns up to most runs that this host wants from peer, by the peer's KeepAlives,
// and marks to send to the peer beside our own. asks tells whether this host would ask for
// a run that it does not have.
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

// Refusals returns the marks to send to peer, beside all of our own, on a new connection.
func (l *Ledger) Refusals(peer int) []Mark {
	p := &l.peers[peer]
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.wants.refusals()
}

// BeginKeepAlive begins an update of the vector that peer sends in KeepAlives, on the
// connection that the peer dialled. Without delta the update has all marks.
func (l *Ledger) BeginKeepAlive(peer int, delta bool) *VectorUpdate {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.newUpdate(&l.heard[peer], delta)
}

// CommitKeepAlive ends an update of BeginKeepAlive: v is the vector of peer from now on. It
// returns true if the present run has become void by that. Then the router has to begin a
// new one.
func (l *Ledger) CommitKeepAlive(peer int, v *VectorUpdate, now time.Time) (void bool) {
	said := v.end()
	l.mu.Lock()
	defer l.mu.Unlock()
	l.heard[peer] = *said
	return l.present.check(peer, said.Seq(l.present.run), now)
}

// HeardFrom returns a copy of the vector that peer sent last in KeepAlives.
func (l *Ledger) HeardFrom(peer int) *Vector {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.heard[peer].Clone()
}

// HoldsLines reports whether peer, by its last vector on either connection, holds a line of
// run.
func (l *Ledger) HoldsLines(peer int, run Run) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.heard[peer].lastHeld(run) > 0 || l.acked[peer].lastHeld(run) > 0
}

// Denies reports whether a connected peer says, in its Acks, that it does not hold run up
// to message seq. The sequencer asks this of the origin of the run before it declares a
// hole.
func (l *Ledger) Denies(peer int, run Run, seq uint64) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.answered[peer] && l.acked[peer].Seq(run) < seq
}
