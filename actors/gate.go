package actors

import (
	"sync"
	"time"

	"xlattice.org/zog/internal/turns"
	"xlattice.org/zog/messages"
)

// gateLimits are about how many bytes of clients' batches are on their way to the log: a
// whole window where all of them send much, and so little where one does not that it is
// in the log some milliseconds later (I7).
var gateLimits = turns.Limits{Busy: 2 << 20, Shared: 512 << 10}

// gate is before the router, whose mailbox is served in the order of arrival: it lets
// batches of clients through in turn, as package turns decides. It is passed once a
// batch. The zero value is ready.
type gate struct {
	mu    sync.Mutex
	queue *turns.Queue
}

// lock returns the queue, for one to use it until unlock.
func (g *gate) lock() *turns.Queue {
	g.mu.Lock()
	if g.queue == nil {
		g.queue = turns.New(gateLimits)
	}
	return g.queue
}

// unlock lets others at the queue, and tells those whose turn it is.
func (g *gate) unlock() {
	for c := g.queue.Next(); c != nil; c = g.queue.Next() {
		c.Turn <- struct{}{} // never blocked: it asks once, and is told once
	}
	g.mu.Unlock()
}

// ask asks for a batch to be let through. If it is not now, the client's Turn says when.
func (g *gate) ask(c *turns.Client, b *messages.Batch, now time.Time) bool {
	defer g.unlock()
	b.Inside = true
	return g.lock().Ask(c, b.Weight, now)
}

// leave notes that a batch is in the log, or will not be.
func (g *gate) leave(c *turns.Client, b *messages.Batch) {
	if b.Inside {
		b.Inside = false
		defer g.unlock()
		g.lock().Leave(c, b.Weight)
	}
}

// end takes a client out, with its connection.
func (g *gate) end(c *turns.Client) {
	defer g.unlock()
	g.lock().End(c)
}
