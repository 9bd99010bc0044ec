package actors

import (
	"sync"

	"xlattice.org/zog/internal/budget"
	"xlattice.org/zog/internal/turns"
	"xlattice.org/zog/messages"
)

// holder is who has a certificate, with what all connections of it use together: one client's share
// of memory, and one client's turns.
type holder struct {
	name    string // of trust.Identity.Holder
	conns   int
	budget  budget.Holder
	buffers budget.Holder // read buffers
	batches turns.Flow
	control turns.Flow // frames that are not Data
}

// holders are those of whom there are connections.
type holders struct {
	mu     sync.Mutex
	byName map[string]*holder
	of     map[*messages.AcceptedConn]*holder
}

// join makes a connection one of a holder.
func (h *holders) join(g *messages.AcceptedConn, name string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.byName == nil {
		h.byName, h.of = make(map[string]*holder), make(map[*messages.AcceptedConn]*holder)
	}
	who := h.byName[name]
	if who == nil {
		who = &holder{name: name}
		h.byName[name] = who
	}
	who.conns++
	h.of[g] = who
}

// find returns who holds the certificate of a connection, or nil if it has none.
func (h *holders) find(g *messages.AcceptedConn) *holder {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.of[g]
}

// leave takes out a connection that has ended.
func (h *holders) leave(g *messages.AcceptedConn) {
	h.mu.Lock()
	defer h.mu.Unlock()
	who := h.of[g]
	if who == nil {
		return
	}
	delete(h.of, g)
	if who.conns--; who.conns == 0 {
		delete(h.byName, who.name)
	}
}

// join gives a client's connection its part of what its holder may use.
func (q *quota) join(who *holder) {
	if who == nil {
		return
	}
	q.budget.Join(&who.budget)
	q.bufferBudget.Join(&who.buffers)
	q.batches.join(q.turn, &who.batches)
	q.controlFlow = &who.control
}
