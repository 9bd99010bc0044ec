package actors

import (
	"math"
	"strings"
	"time"

	"github.com/asynkron/protoactor-go/actor"

	"xlattice.org/zog/internal/frame"
	"xlattice.org/zog/internal/marks"
	"xlattice.org/zog/internal/record"
	"xlattice.org/zog/messages"
	"xlattice.org/zog/messages/pzog"
)

// What a ClientConn says to the messages that it has taken: Ok or a refusal, for each
// in its turn.

// pending is a batch that is not answered yet.
type pending struct {
	batch    *messages.Batch
	logged   bool
	deadline time.Time    // for the copies
	refusal  pzog.Refusal // of the whole batch
	detail   string
}

// logged takes word of what the log has. Batches get there in their order: one that
// is passed over was lost on its way, and its messages can only be sent again.
func (c *ClientConn) logged(b *messages.Batch) error {
	for _, p := range c.pending {
		switch {
		case p.batch == b:
			p.logged = true
			return nil
		case !p.logged:
			return errBatchLost
		}
	}
	return nil
}

func (c *ClientConn) refused(m *messages.Refuse) {
	if p := c.find(m.Batch); p != nil {
		p.logged, p.refusal, p.detail = true, m.Reason, m.Detail
	}
}

func (c *ClientConn) find(b *messages.Batch) *pending {
	for _, p := range c.pending {
		if p.batch == b {
			return p
		}
	}
	return nil
}

// answer says Ok to all batches at the front that are logged and have copies
// enough, or have waited long enough for them.
func (c *ClientConn) answer(ctx actor.Context) {
	waits := c.answerFirst(ctx)
	if waits && !c.waits {
		c.node.audience.wait(ctx.Self(), true)
		c.waits, waits = true, c.answerFirst(ctx)
	}
	if !waits && c.waits {
		c.node.audience.wait(ctx.Self(), false)
		c.waits = false
	}
}

// answerFirst answers from the front on, and tells whether it came to a batch that
// has to wait for copies.
func (c *ClientConn) answerFirst(ctx actor.Context) (waits bool) {
	for len(c.pending) > 0 && c.pending[0].logged {
		if !c.answered(ctx, c.pending[0]) {
			return true
		}
		c.pending[0].batch.Credit.Return()
		c.pending = c.pending[1:]
	}
	return false
}

// answered answers one batch, unless it has to wait for copies.
func (c *ClientConn) answered(ctx actor.Context, p *pending) bool {
	b, ok := p.batch, frame.Ok{ID: p.batch.LastID}
	if p.refusal != pzog.Refusal_NONE {
		c.refuseAll(p)
		return true
	}
	if len(b.Rows)+len(b.Held) > 0 {
		holders, lacking, logged := c.holders(b)
		if !logged {
			c.awaitFirst(ctx, p)
			return false
		}
		if wait := time.Until(p.deadline); holders < b.MinCopies && wait > 0 && !c.stopping {
			c.arm(ctx, wait)
			return false
		}
		ok.Copies = uint32(holders)
		if holders < b.MinCopies {
			ok.Detail = "kept, but not yet by " + c.names(lacking)
		}
	}
	c.reportRefused(b.Refused, true)
	// Each refusal answers exactly its id; what stands before it is Ok'd.
	next := b.FirstID
	for i := range b.Refused {
		r := &b.Refused[i]
		if r.ID > next {
			c.say(frame.Ok{ID: r.ID - 1, Copies: ok.Copies, Detail: ok.Detail})
		}
		c.say(frame.Ok{ID: r.ID, Refusal: r.Reason, Detail: record.Reason(r.Reason)})
		next = r.ID + 1
	}
	if next <= b.LastID {
		c.say(ok)
	}
	return true
}

// awaitFirst waits for a message that was sent again while the first one is
// under way: for as long as for copies. Then the connection is closed, so
// that the client sends again.
func (c *ClientConn) awaitFirst(ctx actor.Context, p *pending) {
	if wait := time.Until(p.deadline); wait > 0 {
		c.arm(ctx, wait)
		return
	}
	ctx.Stop(ctx.Self())
}

// holders counts the hosts that hold all of a batch durably. It is false when
// this one does not yet.
func (c *ClientConn) holders(b *messages.Batch) (least int, lacking []int, logged bool) {
	ends := make([]marks.Mark, 0, 1+len(b.Held))
	if n := len(b.Rows); n > 0 { // all of one run
		ends = append(ends, marks.Mark{Run: b.Rows[n-1].Run, Seq: b.Rows[n-1].Last()})
	}
	for _, h := range b.Held {
		ends = append(ends, marks.Mark{Run: h.Run, Seq: h.Seq})
	}
	least = math.MaxInt
	for _, m := range ends {
		if c.node.Ledger.Durable(m.Run) < m.Seq {
			return 0, nil, false
		}
		if n, without := c.node.Ledger.Holders(m.Run, m.Seq); n < least {
			least, lacking = n, without
		}
	}
	return least, lacking, true
}

// refuseAll refuses each message of a batch by itself.
func (c *ClientConn) refuseAll(p *pending) {
	texts := p.batch.Refused
	for id := p.batch.FirstID; id <= p.batch.LastID; id++ {
		if len(texts) > 0 && texts[0].ID == id { // for a reason of its own
			c.say(frame.Ok{ID: id, Refusal: texts[0].Reason, Detail: record.Reason(texts[0].Reason)})
			texts = texts[1:]
			continue
		}
		c.node.Counts.Refused.Add(1)
		c.say(frame.Ok{ID: id, Refusal: p.refusal, Detail: p.detail})
	}
}

func (c *ClientConn) say(ok frame.Ok) { c.out.buf = frame.AppendOk(c.out.buf, &ok) }

func (c *ClientConn) names(hosts []int) string {
	names := make([]string, len(hosts))
	for i, h := range hosts {
		names[i] = c.node.Ring().Hosts[h].Name
	}
	return strings.Join(names, ", ")
}
