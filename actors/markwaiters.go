package actors

import (
	"slices"
	"sync"

	"github.com/asynkron/protoactor-go/actor"

	"xlattice.org/zog/internal/marks"
	"xlattice.org/zog/messages"
)

// audience is who waits to hear that durable marks have moved: the peers, by the
// connections that they have dialled, who are told of their own messages, and clients
// who wait for copies. The log and the links tell them without a detour: each mailbox
// on the way of an answer costs a client who sends one message at a time.
//
// The zero value is empty and ready.
type audience struct {
	mu      sync.Mutex
	peers   map[int]*actor.PID
	clients marks.Waiters[*actor.PID]
	reached []uint64 // for reuse
}

// join notes the connection of a peer. It returns the one that it replaces, or nil.
func (a *audience) join(peer int, conn *actor.PID) (old *actor.PID) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.peers == nil {
		a.peers = make(map[int]*actor.PID)
	}
	old, a.peers[peer] = a.peers[peer], conn
	if old != nil && old.Equal(conn) {
		return nil
	}
	return old
}

// leave forgets the connection of a peer. It tells whether the peer has no other now.
func (a *audience) leave(peer int, conn *actor.PID) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	if !conn.Equal(a.peers[peer]) {
		return false
	}
	delete(a.peers, peer)
	return true
}

// of returns the connection of a peer, or nil.
func (a *audience) of(peer int) *actor.PID {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.peers[peer]
}

// wait notes what a client's connection waits for, until it is told of it. It may have
// come before: the connection has to look again.
func (a *audience) wait(conn *actor.PID, wish marks.Condition) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.clients.Set(conn, wish)
}

// forget notes that a client's connection waits no longer.
func (a *audience) forget(conn *actor.PID) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.clients.Remove(conn)
}

// met returns the clients' connections that wait for what has come true, as marks have
// moved: of the runs of moved, or with all of any run.
func (a *audience) met(ledger *marks.Ledger, moved []marks.Mark, all bool) (met []*actor.PID) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.clients.Empty() {
		return nil
	}
	look := func(run marks.Run) {
		a.reached = ledger.Reached(run, a.reached[:0])
		met = slices.AppendSeq(met, a.clients.Met(run, a.reached))
	}
	if all {
		for _, run := range a.clients.Runs() {
			look(run)
		}
		return met
	}
	for _, m := range moved {
		if a.clients.Awaits(m.Run) {
			look(m.Run)
		}
	}
	return met
}

// tellClients tells those whose wish is met, as marks have moved: those given, or with
// all of any run. The ledger has them already: who waits first and then looks misses
// nothing.
func (n *Node) tellClients(ctx actor.Context, moved []marks.Mark, all bool) {
	for _, conn := range n.audience.met(n.Ledger, moved, all) {
		ctx.Send(conn, &messages.Advanced{})
	}
}

// tellAdvanced tells all who are concerned that our durable marks have moved to those
// given, to which nobody writes any more.
func (n *Node) tellAdvanced(ctx actor.Context, moved []marks.Mark) {
	for rest := moved; len(rest) > 0; {
		count := 1
		for count < len(rest) && rest[count].Origin == rest[0].Origin {
			count++
		}
		if origin, ok := n.Ring().Index(rest[0].Origin); ok {
			if conn := n.audience.of(origin); conn != nil {
				ctx.Send(conn, &messages.Advanced{Marks: rest[:count]})
			}
		}
		rest = rest[count:]
	}
	n.tellClients(ctx, moved, false)
}
