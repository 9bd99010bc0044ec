// Package turns decides whose batch goes on next, where many clients want more than a
// host can do: by start-time fair queueing.
//
// What has gone on and is not done yet is inside, and of that there is little: whoever
// comes waits for no more than what is inside and what comes before it in turn. Each
// client has a tag, which counts the bytes that it has sent, and the queue has a clock,
// which is the tag of the one that went on last. A client that sends less than its part
// is behind the clock, so it comes before all those that wait, however many they are; and
// if it sends little, it does not even wait for room.
package turns

import (
	"container/heap"
	"time"
)

// Queue is who waits. It is not for two goroutines at once.
type Queue struct {
	most    int64 // inside
	inside  int64
	clock   int64
	waiting byTag
	last    *Client
	since   time.Time // when last was the last for the first time in a row
}

// Client is one who sends batches, one at a time. The zero value has sent none.
type Client struct {
	Turn chan struct{} // for whoever waits; the queue does not touch it

	tag    int64 // of its next batch, unless the clock is beyond it
	size   int64 // of the batch that waits
	inside int64
	place  int // in waiting, counted from 1; 0 if it does not wait
}

const (
	// alone is how long nobody else may have come for a client to count as the only one.
	alone = time.Second
	// little is which part of what may be inside a batch is at the most that finds room
	// when there is none. Of such there may be as much again.
	little = 64
)

// New returns an empty queue. Of so many bytes, more or less one batch, is what is inside
// when several clients send; a client that is alone has no limit here.
func New(most int64) *Queue { return &Queue{most: most} }

// Ask asks for a batch of so many bytes to go on. If it must wait for its turn, the
// answer is false, and Next will return the client.
func (q *Queue) Ask(c *Client, size int64, now time.Time) bool {
	if q.last != c {
		q.last, q.since = c, now
	}
	c.size, c.tag = size, max(c.tag, q.clock)
	if q.first(c) && (q.room(c) || q.slips(c) || now.Sub(q.since) >= alone) {
		q.enter(c)
		return true
	}
	heap.Push(&q.waiting, c)
	return false
}

// first tells whether nobody comes before a client.
func (q *Queue) first(c *Client) bool { return len(q.waiting) == 0 || c.tag <= q.waiting[0].tag }

// slips tells whether a client wants so little that it is let in without room.
func (q *Queue) slips(c *Client) bool {
	return c.inside == 0 && c.size <= q.most/little && q.inside+c.size <= 2*q.most
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
func (q *Queue) Leave(c *Client, size int64) {
	c.inside -= size
	q.inside -= size
}

// End takes a client out, with all that it has inside. Then it may be somebody's turn.
func (q *Queue) End(c *Client) {
	if c.place > 0 {
		heap.Remove(&q.waiting, c.place-1)
	}
	if q.last == c {
		q.last = nil
	}
	q.Leave(c, c.inside)
}

// room tells whether there is room inside. For what is larger than all of it there is,
// once nothing else is there.
func (q *Queue) room(c *Client) bool { return q.inside == 0 || q.inside+c.size <= q.most }

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
