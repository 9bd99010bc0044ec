// Package turns decides whose batch is processed next when clients send more than a host can
// handle. It is start-time fair queueing.
//
// Batches that were admitted and are not done are in flight. How many bytes are in flight is
// limited, and the limit is low while there is a client that sends little. So a new client
// waits only for what is in flight and for the batches before its turn. Each client has a
// tag, which counts the bytes that it has sent; the clock of the queue is the tag of the
// batch that was admitted last. A client that sends less than its share is behind the clock,
// so its turn comes before all that wait; if it sends little, it need not even wait for the
// limit.
package turns

import (
	"container/heap"
	"time"
)

// Queue is the clients that wait for a turn. It is not safe for concurrent use.
type Queue struct {
	limits   Limits
	limit    int64     // the one of limits that applies now
	lightAt  time.Time // when a light client last found others in flight
	inFlight int64     // bytes
	clock    int64
	waiting  byTag
}

// Limits are how many bytes may be in flight, give or take one batch.
type Limits struct {
	// Busy applies while all clients send much. It is large enough that no stage of the
	// way is idle. It does not apply to a client that is alone.
	Busy int64
	// Shared applies for a while after a client that sends little has come. It is small
	// enough that such a client need not wait long.
	Shared int64
}

// Client is a client that sends batches, one after another. The zero value has sent none.
type Client struct {
	Turn chan struct{} // for the caller, to wait on; Queue does not use it

	tag       int64 // of its next batch, if the clock is not later
	size      int64 // of the batch that waits, in bytes
	inFlight  int64 // bytes
	heapPlace int   // index in waiting plus 1; 0 if it does not wait
	stalled   bool
	asked     bool // it has asked while it was stalled
}

const (
	// lightMemory is how long the Shared limit applies after a light client has come.
	lightMemory = 250 * time.Millisecond
	// lightPart is the part of Limits.Shared up to which a batch is light: it is admitted
	// although the limit is reached. Light batches may add as much as Shared again.
	lightPart = 64
)

// New returns an empty queue.
func New(limits Limits) *Queue { return &Queue{limits: limits, limit: limits.Busy} }

// Ask asks for the turn of a batch of size bytes. If the result is false, the client waits, and
// Next returns it when its turn comes.
func (q *Queue) Ask(c *Client, size int64, now time.Time) bool {
	c.size, c.tag = size, max(c.tag, q.clock)
	if c.stalled {
		c.asked = true
		return false
	}
	first := len(q.waiting) == 0 || c.tag <= q.waiting[0].tag
	light := first && c.inFlight == 0 && size <= q.limits.Shared/lightPart
	switch {
	case light && q.inFlight > 0:
		q.limit, q.lightAt = q.limits.Shared, now
	case now.Sub(q.lightAt) >= lightMemory:
		q.limit = q.limits.Busy
	}
	if first && q.hasRoom(c) || light && q.inFlight+size <= 2*q.limits.Shared {
		q.admit(c)
		return true
	}
	heap.Push(&q.waiting, c)
	return false
}

// Next admits the batch whose turn it is, and returns its client, or nil if there is none.
func (q *Queue) Next() *Client {
	if len(q.waiting) == 0 || !q.hasRoom(q.waiting[0]) {
		return nil
	}
	c := heap.Pop(&q.waiting).(*Client)
	q.admit(c)
	return c
}

// Done ends so many bytes of a client. The caller then calls Next.
func (q *Queue) Done(c *Client, size int64) {
	size = min(size, c.inFlight) // Stall has ended the rest
	c.inFlight -= size
	q.inFlight -= size
}

// Stall removes a client that waits for something other than its turn, and ends all its bytes,
// so that no other client waits for it. The caller then calls Next.
func (q *Queue) Stall(c *Client) {
	c.stalled, c.asked = true, c.heapPlace > 0
	if c.asked {
		heap.Remove(&q.waiting, c.heapPlace-1)
	}
	q.Done(c, c.inFlight)
}

// Resume ends a stall. If the client has asked meanwhile, it waits for its turn from now on.
func (q *Queue) Resume(c *Client) {
	if c.asked {
		heap.Push(&q.waiting, c)
	}
	c.stalled, c.asked = false, false
}

// hasRoom reports whether the client's batch may be in flight too. A batch that exceeds the
// limit may, once nothing else is in flight.
func (q *Queue) hasRoom(c *Client) bool {
	alone := q.inFlight == c.inFlight && q.limit == q.limits.Busy
	return alone || q.inFlight == 0 || q.inFlight+c.size <= q.limit
}

func (q *Queue) admit(c *Client) {
	q.clock = c.tag
	c.tag += c.size
	c.inFlight += c.size
	q.inFlight += c.size
}

// byTag is a heap of clients, the one with the lowest tag first.
type byTag []*Client

func (h byTag) Len() int           { return len(h) }
func (h byTag) Less(i, k int) bool { return h[i].tag < h[k].tag }
func (h byTag) Swap(i, k int) {
	h[i], h[k] = h[k], h[i]
	h[i].heapPlace, h[k].heapPlace = i+1, k+1
}

// Push implements heap.Interface.
func (h *byTag) Push(x any) {
	c := x.(*Client)
	*h = append(*h, c)
	c.heapPlace = len(*h)
}

// Pop implements heap.Interface.
func (h *byTag) Pop() any {
	last := len(*h) - 1
	c := (*h)[last]
	(*h)[last] = nil
	*h = (*h)[:last]
	c.heapPlace = 0
	return c
}
