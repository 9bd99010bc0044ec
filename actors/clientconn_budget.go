package actors

import (
	"errors"
	"os"
	"time"

	"github.com/asynkron/protoactor-go/actor"

	"xlattice.org/zog/messages"
)

// The part of a clientConn that accounts for what it holds: memory, and its place in the fair
// queue of all clients.

// quickRead is how long a client may take to read before its batches leave the fair queue.
const quickRead = 20 * time.Millisecond

// flush writes the answers. While the client does not read them, its batches wait in our
// mailbox, and those of other clients go on.
func (c *clientConn) flush(ctx actor.Context) error {
	if c.follow.follower != nil {
		return c.flushFollowing(ctx)
	}
	c.out.timeout = quickRead
	err := c.out.flush()
	c.out.timeout = clientTimeout
	if !errors.Is(err, os.ErrDeadlineExceeded) {
		return err
	}
	c.node.clients.batches.suspend(&c.turn)
	defer c.node.clients.batches.resume(&c.turn)
	return c.out.flush()
}

// maxKeptBuffer is how large an empty buffer for answers may be to be kept, in bytes.
const maxKeptBuffer = 16 << 10

// updateHeld takes from the client's budget what we hold for it: batches that are not
// answered, answers that are not written, and the ranges of a survey. A client that does not
// read its answers has no budget left for more messages.
func (c *clientConn) updateHeld() {
	if len(c.out.buf) == 0 && cap(c.out.buf) > maxKeptBuffer {
		c.out.buf = nil
	}
	held := c.survey.weight() + c.follow.weight()
	if c.follow.follower == nil { // what is sent to one who follows has a limit of its own
		held += int64(len(c.out.buf))
	}
	for _, p := range c.pending {
		held += p.batch.Weight
	}
	if more := held - c.heldBytes; more > 0 {
		c.budget.Force(more)
	} else {
		c.budget.Free(-more)
	}
	c.heldBytes = held
	c.conn.SetOwed(held > 0 || c.survey.open || c.follow.place, time.Now)
}

// leaveQueue notes that a batch is in the log, or will not be.
func (c *clientConn) leaveQueue(b *messages.ClientBatch) {
	if b.InFlight {
		b.InFlight = false
		c.node.clients.batches.release(&c.turn, b.Weight)
	}
}
