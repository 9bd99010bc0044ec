package actors

import (
	"slices"

	"xlattice.org/zog/internal/frame"
	"xlattice.org/zog/internal/row"
	"xlattice.org/zog/messages"
)

// maxDuplicates is how many rows of duplicates may wait until the log has the first copies
// (I6). A peer that keeps to its window has far fewer.
const maxDuplicates = 4096

// batchLogged answers the frames of a batch, in the order of their ids. A frame behind a gap is
// answered too, with no copies: it was not taken, and what is sent in its place is answered
// without waiting for it. Nothing is answered behind a batch that was lost on its way to the log.
// Only the answers to batches of which all was new are held back.
func (c *peerConn) batchLogged(taken *messages.PeerTaken) error {
	b := taken.Batch
	b.Credit.Return()
	if b.FirstID != c.lastLogged+1 {
		return errBatchLost
	}
	if !c.gap && taken.Gap.Seq == 0 && len(c.duplicates)+len(taken.Duplicates) == 0 {
		c.lastLogged = b.LastID
		c.hold(b.Weight, awaitsCopies(taken.Rows))
		return nil
	}
	c.appendOk()
	c.lastLogged = b.LastID
	c.duplicates = append(c.duplicates, taken.Duplicates...)
	c.gap = c.gap || taken.Gap.Seq != 0
	c.appendOk()
	if len(c.duplicates) > maxDuplicates {
		return errTooManyDuplicates
	}
	return nil
}

// awaitsCopies tells whether a client waits for copies of any of the messages. Nobody waits for the
// Ok of these: but they come one by one, so that few Oks would go together.
func awaitsCopies(rows []row.Row) bool {
	return slices.ContainsFunc(rows, func(r row.Row) bool { return r.MinCopies > 1 })
}

// appendOk answers up to the first duplicate whose first copy is not durable yet.
func (c *peerConn) appendOk() {
	for len(c.duplicates) > 0 && c.node.ledger.Durable(c.duplicates[0].Run) >= c.duplicates[0].Seq {
		c.duplicates = c.duplicates[1:]
	}
	id := c.lastLogged
	if len(c.duplicates) > 0 {
		id = c.duplicates[0].FirstID - 1
	}
	if id <= c.lastOked {
		return
	}
	copies := uint32(1)
	if c.gap {
		copies = 0
	}
	c.lastOked, c.gap = id, c.gap && id < c.lastLogged
	c.out.buf = frame.AppendOk(c.out.buf, &frame.Ok{ID: id, Copies: copies})
}
