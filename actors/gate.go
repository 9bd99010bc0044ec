package actors

import (
	"sync"
	"time"

	"xlattice.org/zog/internal/turns"
)

// gateLimits are about how many bytes of clients' are worked on, most of them batches on
// their way to the log: a whole window where all clients send much, and so little where
// one does not that it is in the log some milliseconds later (I7).
var gateLimits = turns.Limits{Busy: 2 << 20, Shared: 512 << 10}

// gate is before the router, whose mailbox is served in the order of arrival, and before
// whatever else costs time: it lets what clients say through in turn, as package turns
// decides. It is passed once a batch. The zero value is ready.
type gate struct {
	mu    sync.Mutex
	queue *turns.Queue
}

// limit gives the gate limits of its own, unless it is in use.
func (g *gate) limit(limits turns.Limits) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.queue == nil {
		g.queue = turns.New(limits)
	}
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

// ask asks for so many bytes to be let through. If they are not now, the client's Turn
// says when.
func (g *gate) ask(c *turns.Client, weight int64, now time.Time) bool {
	defer g.unlock()
	return g.lock().Ask(c, weight, now)
}

// leave notes that so many bytes are dealt with: a batch is in the log, or will not be.
func (g *gate) leave(c *turns.Client, weight int64) {
	defer g.unlock()
	g.lock().Done(c, weight)
}

// stall takes a client out that holds itself up, until resume, or with its connection.
func (g *gate) stall(c *turns.Client) {
	defer g.unlock()
	g.lock().Stall(c)
}

func (g *gate) resume(c *turns.Client) {
	defer g.unlock()
	g.lock().Resume(c)
}
