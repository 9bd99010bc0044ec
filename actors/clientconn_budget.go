package actors

import (
	"errors"
	"os"
	"time"

	"xlattice.org/zog/messages"
)

// What a ClientConn holds, for its client and of what all clients share.

// readsAtOnce is how long a client may take to read before others stop waiting for it.
const quickRead = 20 * time.Millisecond

// flush writes what has gathered. While the client does not read, its batches wait in our
// mailbox, and nobody else waits for them.
func (c *ClientConn) flush() error {
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

// outKept is how large a buffer for answers stays once it is empty, in bytes.
const maxKeptBuffer = 16 << 10

// settle has the client's share hold what we have for it: batches, until they are
// answered, answers, until they are written, and the ranges of a survey. One who does not read its answers has no
// room for more questions.
func (c *ClientConn) updateHeld() {
	if len(c.out.buf) == 0 && cap(c.out.buf) > maxKeptBuffer {
		c.out.buf = nil
	}
	held := int64(len(c.out.buf)) + c.survey.weight()
	for _, p := range c.pending {
		held += p.batch.Weight
	}
	if more := held - c.heldBytes; more > 0 {
		c.budget.Force(more)
	} else {
		c.budget.Free(-more)
	}
	c.heldBytes = held
	c.conn.SetOwed(held > 0 || c.survey.open, time.Now)
}

// through notes that a batch has been worked on.
func (c *ClientConn) leaveQueue(b *messages.ClientBatch) {
	if b.InFlight {
		b.InFlight = false
		c.node.clients.batches.release(&c.turn, b.Weight)
	}
}
