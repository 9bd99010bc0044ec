// Package turns decides whose batch goes on next, where many clients want more than a
// host can do: by start-time fair queueing.
//
// What has gone on and is not done yet is inside, and of that there is little as long as
// there is somebody who sends little: whoever comes waits for no more than what is inside
// and what comes before it in turn. Each client has a tag, which counts the bytes that it
// has sent, and the queue has a clock, which is the tag of the one that went on last. A
// client that sends less than its part is behind the clock, so it comes before all those
// that wait, however many they are; and if it sends little, it does not even wait for
// room.
package turns

import (
	"container/heap"
	"time"
)

// Queue is who waits. It is not for two goroutines at once.
type Queue struct {
	limits  Limits
	limit   int64 // of the limits, the one that holds now
	lately  time.Time
	inside  int64
	clock   int64
	waiting byTag
}

// Limits are how many bytes may be inside, more or less one batch.
type Limits struct {
	// Busy is for when all send much: so many that no part of the way is idle. Who is
	// alone then has no limit here.
	Busy int64
	// Shared is for when a client that sends little has come a moment ago: so few that it
	// need not wait long.
	Shared int64
}

// Client is one who sends batches, one at a time. The zero value has sent none.
type Client struct {
	Turn chan struct{} // for whoever waits; the queue does not touch it

	tag     int64 // of its next batch, unless the clock is beyond it
	size    int64 // of the batch that waits
	inside  int64
	place   int // in waiting, counted from 1; 0 if it does not wait
	stalled bool
	asked   bool // while stalled
}

const (
	// memory is how long it counts that a client has come that sends little.
	memory = 250 * time.Millisecond
	// little is which part of Limits.Shared a batch is at the most that finds room when
	// there is none. Of such there may be as much again.
	little = 64
)

// New returns an empty queue.
func New(limits Limits) *Queue { return &Queue{limits: limits, limit: limits.Busy} }

// Ask asks for a batch of so many bytes to go on. If it must wait for its turn, the
// answer is false, and Next will return the client.
func (q *Queue) Ask(c *Client, size int64, now time.Time) bool {
	c.size, c.tag = size, max(c.tag, q.clock)
	if c.stalled {
		c.asked = true
		return false
	}
	first := len(q.waiting) == 0 || c.tag <= q.waiting[0].tag
	slight := first && c.inside == 0 && size <= q.limits.Shared/little
	switch {
	case slight && q.inside > 0:
		q.limit, q.lately = q.limits.Shared, now
	case now.Sub(q.lately) >= memory:
		q.limit = q.limits.Busy
	}
	if first && q.room(c) || slight && q.inside+size <= 2*q.limits.Shared {
		q.enter(c)
		return true
	}
	heap.Push(&q.waiting, c)
	return false
}

// Next returns the client whose batch goes on now, or nil.
func (q *Queue) Next() *Client {
	if len(q.waiting) == 0 || !q.room(q.waiting[0]) {
		return nil
	}
	c := heap.Pop(&q.waiting).(*Client)
	q.enter(c)
	return c
}

// Leave notes that so many bytes of a client's are done. Then it may be somebody's turn.
func (q *Queue) Done(c *Client, size int64) {
	size = min(size, c.inside) // what a client that stalled had inside has left already
	c.inside -= size
	q.inside -= size
}

// Stall takes a client out that waits for something other than its turn, with all that it
// has inside: nobody else waits for it. Then it may be somebody's turn.
func (q *Queue) Stall(c *Client) {
	c.stalled, c.asked = true, c.place > 0
	if c.asked {
		heap.Remove(&q.waiting, c.place-1)
	}
	q.Done(c, c.inside)
}

// Resume lets a client in again that has stalled. If it has asked meanwhile, it waits for
// its turn from now on.
func (q *Queue) Resume(c *Client) {
	if c.asked {
		heap.Push(&q.waiting, c)
	}
	c.stalled, c.asked = false, false
}

// room tells whether there is room inside. For what is larger than all of it there is,
// once nothing else is there.
func (q *Queue) room(c *Client) bool {
	alone := q.inside == c.inside && q.limit == q.limits.Busy
	return alone || q.inside == 0 || q.inside+c.size <= q.limit
}

func (q *Queue) enter(c *Client) {
	q.clock = c.tag
	c.tag += c.size
	c.inside += c.size
	q.inside += c.size
}

// byTag is a heap of clients, the one with the lowest tag first.
type byTag []*Client

func (h byTag) Len() int           { return len(h) }
func (h byTag) Less(i, k int) bool { return h[i].tag < h[k].tag }
func (h byTag) Swap(i, k int) {
	h[i], h[k] = h[k], h[i]
	h[i].place, h[k].place = i+1, k+1
}

// Push implements heap.Interface.
func (h *byTag) Push(x any) {
	c := x.(*Client)
	*h = append(*h, c)
	c.place = len(*h)
}

// Pop implements heap.Interface.
func (h *byTag) Pop() any {
	last := len(*h) - 1
	c := (*h)[last]
	(*h)[last] = nil
	*h = (*h)[:last]
	c.place = 0
	return c
}
