package actors

import (
	"xlattice.org/zog/internal/frame"
	"xlattice.org/zog/messages"
)

// maxHeld is how many rows of frames may wait for the log (I6). A peer that
// keeps to its window has far fewer.
const maxHeld = 4096

// ok answers what the log has, strictly in the order of the ids. A frame that
// came too early is answered too, with no copies: it was not taken, and the
// answers to what is sent in its place must not wait for it. A batch that was lost
// on its way to the log is answered by none behind it.
func (c *PeerConn) ok(taken *messages.PeerTaken) error {
	b := taken.Batch
	b.Credit.Return()
	if b.FirstID != c.logged+1 {
		return errBatchLost
	}
	c.settle()
	c.logged = b.LastID
	c.held = append(c.held, taken.Held...)
	c.early = c.early || taken.Gap.Seq != 0
	c.settle()
	if len(c.held) > maxHeld {
		return errHeld
	}
	return nil
}

func (c *PeerConn) settle() {
	for len(c.held) > 0 && c.node.ledger.Durable(c.held[0].Run) >= c.held[0].Seq {
		c.held = c.held[1:]
	}
	id := c.logged
	if len(c.held) > 0 {
		id = c.held[0].FirstID - 1
	}
	if id <= c.oked {
		return
	}
	copies := uint32(1)
	if c.early {
		copies = 0
	}
	c.oked, c.early = id, c.early && id < c.logged
	c.out.buf = frame.AppendOk(c.out.buf, &frame.Ok{ID: id, Copies: copies})
}
