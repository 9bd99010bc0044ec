package actors

import (
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
	clients map[string]*actor.PID
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

// wait notes that a client's connection waits for copies, or no longer. What it waits
// for may have come before: it has to look again.
func (a *audience) wait(conn *actor.PID, waits bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if !waits {
		delete(a.clients, conn.Id)
		return
	}
	if a.clients == nil {
		a.clients = make(map[string]*actor.PID)
	}
	a.clients[conn.Id] = conn
}

// tellClients has those who wait for copies look again.
func (a *audience) tellClients(ctx actor.Context) {
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, conn := range a.clients {
		ctx.Send(conn, &messages.Advanced{})
	}
}

// tellAdvanced tells all who are concerned that our durable marks have moved to those
// given, to which nobody writes any more.
func (n *Node) tellAdvanced(ctx actor.Context, moved []marks.Mark) {
	for len(moved) > 0 {
		count := 1
		for count < len(moved) && moved[count].Origin == moved[0].Origin {
			count++
		}
		if origin, ok := n.Ring().Index(moved[0].Origin); ok {
			if conn := n.audience.of(origin); conn != nil {
				ctx.Send(conn, &messages.Advanced{Marks: moved[:count]})
			}
		}
		moved = moved[count:]
	}
	n.audience.tellClients(ctx)
}
