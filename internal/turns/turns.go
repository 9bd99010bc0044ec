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
//
// A client may send over several connections, which join one [Flow]. Its connections have one
// part together, and are served in the order in which they ask.
package turns

import (
	"container/heap"
	"slices"
	"time"
)

// Queue is the clients that wait for a turn. It is not safe for concurrent use.
type Queue struct {
	limits   Limits
	limit    int64     // the one of limits that applies now
	lightAt  time.Time // when a light client last found others in flight
	inFlight int64     // bytes
	clock    int64
	waiting  byTag // flows of which a client waits
}

// Limits are how many bytes may be in flight, give or take one batch.
type Limits struct {
	// Busy applies while all clients send much. It is large enough that no stage of the
	// way is idle. It does not apply to a connection that is alone.
	Busy int64
	// Shared applies for a while after a client that sends little has come. It is small
	// enough that such a client need not wait long.
	Shared int64
}

// Flow is what a client sends over all its connections. The zero value has sent none. It is not safe
// for concurrent use.
type Flow struct {
	tag       int64 // of its next batch, if the clock is not later
	inFlight  int64 // bytes
	waiting   []*Client
	heapPlace int // index in Queue.waiting plus 1; 0 if no client of it waits
}

// Client is a client that sends batches, one after another, or one of its connections. The zero value
// has sent none.
type Client struct {
	Turn chan struct{} // for the caller, to wait on; Queue does not use it

	own      Flow
	joined   *Flow // nil is own
	size     int64 // of the batch that waits, in bytes
	inFlight int64 // bytes
	stalled  bool
	asked    bool // it has asked while it was stalled
}

// Join makes a client one of those of a Flow. It is called before the client asks for anything.
func (c *Client) Join(f *Flow) { c.joined = f }

func (c *Client) flow() *Flow {
	if c.joined != nil {
		return c.joined
	}
	return &c.own
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
	c.size = size
	if c.stalled {
		c.asked = true
		return false
	}
	f := c.flow()
	if f.heapPlace == 0 {
		f.tag = max(f.tag, q.clock)
	}
	first := len(f.waiting) == 0 && (len(q.waiting) == 0 || f.tag <= q.waiting[0].tag)
	light := first && f.inFlight == 0 && size <= q.limits.Shared/lightPart
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
	q.wait(c)
	return false
}

// wait adds a client to those of its flow that wait.
func (q *Queue) wait(c *Client) {
	f := c.flow()
	if f.waiting = append(f.waiting, c); f.heapPlace == 0 {
		f.tag = max(f.tag, q.clock)
		heap.Push(&q.waiting, f)
	}
}

// Next admits the batch whose turn it is, and returns its client, or nil if there is none.
func (q *Queue) Next() *Client {
	if len(q.waiting) == 0 || !q.hasRoom(q.waiting[0].waiting[0]) {
		return nil
	}
	f := q.waiting[0]
	c := f.waiting[0]
	q.leave(c)
	q.admit(c)
	if f.heapPlace > 0 {
		heap.Fix(&q.waiting, f.heapPlace-1)
	}
	return c
}

// leave removes a client from those of its flow that wait, if it does, and returns whether it did.
func (q *Queue) leave(c *Client) bool {
	f := c.flow()
	i := slices.Index(f.waiting, c)
	if i < 0 {
		return false
	}
	if f.waiting = slices.Delete(f.waiting, i, i+1); len(f.waiting) == 0 {
		heap.Remove(&q.waiting, f.heapPlace-1)
	}
	return true
}

// Done ends so many bytes of a client. The caller then calls Next.
func (q *Queue) Done(c *Client, size int64) {
	size = min(size, c.inFlight) // Stall has ended the rest
	c.inFlight -= size
	c.flow().inFlight -= size
	q.inFlight -= size
}

// Stall removes a client that waits for something other than its turn, and ends all its bytes,
// so that no other client waits for it. The caller then calls Next.
func (q *Queue) Stall(c *Client) {
	c.stalled, c.asked = true, q.leave(c)
	q.Done(c, c.inFlight)
}

// Resume ends a stall. If the client has asked meanwhile, it waits for its turn from now on.
func (q *Queue) Resume(c *Client) {
	if c.asked {
		q.wait(c)
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
	f := c.flow()
	q.clock = f.tag
	f.tag += c.size
	f.inFlight += c.size
	c.inFlight += c.size
	q.inFlight += c.size
}

// byTag is a heap of flows, the one with the lowest tag first.
type byTag []*Flow

func (h byTag) Len() int           { return len(h) }
func (h byTag) Less(i, k int) bool { return h[i].tag < h[k].tag }
func (h byTag) Swap(i, k int) {
	h[i], h[k] = h[k], h[i]
	h[i].heapPlace, h[k].heapPlace = i+1, k+1
}

// Push implements heap.Interface.
func (h *byTag) Push(x any) {
	f := x.(*Flow)
	*h = append(*h, f)
	f.heapPlace = len(*h)
}

// Pop implements heap.Interface.
func (h *byTag) Pop() any {
	last := len(*h) - 1
	f := (*h)[last]
	(*h)[last] = nil
	*h = (*h)[:last]
	f.heapPlace = 0
	return f
}
