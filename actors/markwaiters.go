package actors

import (
	"slices"
	"sync"

	"github.com/asynkron/protoactor-go/actor"

	"xlattice.org/zog/internal/marks"
	"xlattice.org/zog/messages"
)

// markWaiters are the connections that are told when durable marks move: those of the peers,
// which are told about their own messages, and those of clients that wait for copies. The
// access log and the links tell them directly: each mailbox on the way of an answer adds
// latency for a client that sends one message at a time.
type markWaiters struct {
	id     *identity
	ledger *marks.Ledger

	mu      sync.Mutex
	peers   map[int]peerEntry
	clients marks.Waiters[*actor.PID]
	reached []uint64 // reused
}

// peerEntry is the connection of a peer. number counts the accepted connections.
type peerEntry struct {
	conn   *actor.PID
	number int
}

// setPeer notes the connection of a peer. It returns the one that it replaces, or nil. If the peer
// has greeted on a connection that was accepted later, it does nothing, and newest is false: a host
// that was stopped accepts at once all that the peer has dialled meanwhile, and may handle these
// greetings in any order.
func (w *markWaiters) setPeer(peer int, conn *actor.PID, number int) (old *actor.PID, newest bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.peers == nil {
		w.peers = make(map[int]peerEntry)
	}
	present := w.peers[peer]
	if present.number > number {
		return nil, false
	}
	w.peers[peer] = peerEntry{conn: conn, number: number}
	if present.conn != nil && present.conn.Equal(conn) {
		return nil, true
	}
	return present.conn, true
}

// hasNewer tells whether the peer has greeted on a connection that was accepted later.
func (w *markWaiters) hasNewer(peer, number int) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.peers[peer].number > number
}

// removePeer forgets the connection of a peer. It returns false if the peer has another one
// by now.
func (w *markWaiters) removePeer(peer int, conn *actor.PID) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	if !conn.Equal(w.peers[peer].conn) {
		return false
	}
	delete(w.peers, peer)
	return true
}

// peerConn returns the connection of a peer, or nil.
func (w *markWaiters) peerConn(peer int) *actor.PID {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.peers[peer].conn
}

// setClient notes what a client's connection waits for. The caller looks at the ledger
// again afterwards, as the condition may have come true before.
func (w *markWaiters) setClient(conn *actor.PID, condition marks.Condition) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.clients.Set(conn, condition)
}

// removeClient notes that a client's connection waits for nothing.
func (w *markWaiters) removeClient(conn *actor.PID) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.clients.Remove(conn)
}

// takeMet removes and returns the clients' connections whose conditions have come true. It looks
// at the runs of moved, or with all at any run.
func (w *markWaiters) takeMet(moved []marks.Mark, all bool) (met []*actor.PID) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.clients.Empty() {
		return nil
	}
	look := func(run marks.Run) {
		w.reached = w.ledger.Reached(run, w.reached[:0])
		met = slices.AppendSeq(met, w.clients.Met(run, w.reached))
	}
	if all {
		for _, run := range w.clients.Runs() {
			look(run)
		}
		return met
	}
	for _, m := range moved {
		if w.clients.Awaits(m.Run) {
			look(m.Run)
		}
	}
	return met
}

// notifyClients tells the clients' connections whose conditions have come true, as marks have
// moved: those given, or with all any. The caller has put them into the ledger before.
func (w *markWaiters) notifyClients(ctx actor.Context, moved []marks.Mark, all bool) {
	for _, conn := range w.takeMet(moved, all) {
		ctx.Send(conn, &messages.Advanced{})
	}
}

// notifyAll tells all connections concerned that our durable marks have moved to those
// given, which nobody changes any more. awaited says whether a client waits for copies.
func (w *markWaiters) notifyAll(ctx actor.Context, moved []marks.Mark, awaited bool) {
	for rest := moved; len(rest) > 0; {
		count := 1
		for count < len(rest) && rest[count].Origin == rest[0].Origin {
			count++
		}
		if origin, ok := w.id.Ring().Index(rest[0].Origin); ok {
			if conn := w.peerConn(origin); conn != nil {
				ctx.Send(conn, &messages.Advanced{Marks: rest[:count], Awaited: awaited})
			}
		}
		rest = rest[count:]
	}
	w.notifyClients(ctx, moved, false)
}
