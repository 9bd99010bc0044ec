package actors

import (
	"sync"
	"time"

	"xlattice.org/zog/internal/turns"
)

// fairQueue lets what clients send through in turn, as package turns decides. One is in
// front of the router, whose mailbox is served in the order of arrival; it is asked once a
// batch.
type fairQueue struct {
	mu    sync.Mutex
	queue *turns.Queue
}

func newFairQueue(limits turns.Limits) *fairQueue { return &fairQueue{queue: turns.New(limits)} }

// unlock tells the clients whose turn has come, and lets others use the queue.
func (q *fairQueue) unlock() {
	for c := q.queue.Next(); c != nil; c = q.queue.Next() {
		c.Turn <- struct{}{} // never blocks: a client has one request at a time
	}
	q.mu.Unlock()
}

// join makes a connection one of those of a client.
func (q *fairQueue) join(c *turns.Client, f *turns.Flow) {
	q.mu.Lock()
	defer q.mu.Unlock()
	c.Join(f)
}

// acquire asks to let so many bytes through. If it returns false, c.Turn says when it is the
// client's turn.
func (q *fairQueue) acquire(c *turns.Client, bytes int64, now time.Time) bool {
	q.mu.Lock()
	defer q.unlock()
	return q.queue.Ask(c, bytes, now)
}

// release notes that so many bytes are dealt with: a batch is in the log, or will not be.
func (q *fairQueue) release(c *turns.Client, bytes int64) {
	q.mu.Lock()
	defer q.unlock()
	q.queue.Done(c, bytes)
}

// suspend takes out a client that holds itself up, until resume, or for ever if its
// connection ends.
func (q *fairQueue) suspend(c *turns.Client) {
	q.mu.Lock()
	defer q.unlock()
	q.queue.Stall(c)
}

func (q *fairQueue) resume(c *turns.Client) {
	q.mu.Lock()
	defer q.unlock()
	q.queue.Resume(c)
}
