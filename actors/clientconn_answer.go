package actors

import (
	"math"
	"slices"
	"strings"
	"time"

	"github.com/asynkron/protoactor-go/actor"

	"xlattice.org/zog/internal/frame"
	"xlattice.org/zog/internal/marks"
	"xlattice.org/zog/internal/record"
	"xlattice.org/zog/messages"
	"xlattice.org/zog/messages/pzog"
)

// The part of a clientConn that answers messages.

// pendingBatch is a batch that is not answered yet.
type pendingBatch struct {
	batch  *messages.ClientBatch
	logged bool         // or there is nothing to log
	last   []marks.Mark // once it is logged: its last messages, by run
	identities
	deadline time.Time    // for the copies
	refusal  pzog.Refusal // of the whole batch, if it is refused
	detail   string
}

// batchLogged notes that a batch is in the log. Batches are logged in their order, so an
// earlier one that is not logged was lost on the way, and its messages must be sent again.
func (c *clientConn) batchLogged(taken *messages.ClientTaken) error {
	for _, p := range c.pending {
		switch {
		case p.batch == taken.Batch:
			p.logged, p.last, p.identities = true, lastMarks(taken), identitiesOf(taken)
			return nil
		case !p.logged:
			return errBatchLost
		}
	}
	return nil
}

func (c *clientConn) batchRefused(m *messages.Refuse) {
	if p := c.findPending(m.Batch); p != nil {
		p.logged, p.refusal, p.detail = true, m.Reason, m.Detail
	}
}

func (c *clientConn) findPending(b *messages.ClientBatch) *pendingBatch {
	for _, p := range c.pending {
		if p.batch == b {
			return p
		}
	}
	return nil
}

// answerReady answers all batches at the front that are logged and have enough copies, or have
// waited long enough for them. It waits for what the next one needs.
func (c *clientConn) answerReady(ctx actor.Context) {
	need := c.answerFront(ctx)
	for need != c.waitsFor && need != (marks.Condition{}) {
		c.waitsFor = need
		c.node.waiters.setClient(ctx.Self(), need)
		c.armDeadline(ctx, time.Until(c.pending[0].deadline))
		need = c.answerFront(ctx) // it may have come true before
	}
	if need != c.waitsFor {
		c.node.waiters.removeClient(ctx.Self())
		c.waitsFor = need
	}
}

// marksAdvanced goes on: what was waited for has come true.
func (c *clientConn) marksAdvanced(ctx actor.Context) {
	c.waitsFor = marks.Condition{}
	c.answerReady(ctx)
}

// answerFront answers batches from the front on. It returns what the next one needs, or the
// zero Condition if none waits for copies.
func (c *clientConn) answerFront(ctx actor.Context) (need marks.Condition) {
	for len(c.pending) > 0 && c.pending[0].logged {
		if need := c.answerBatch(ctx, c.pending[0]); need != (marks.Condition{}) {
			return need
		}
		c.pending[0].batch.Credit.Return()
		c.pending = c.pending[1:]
	}
	return marks.Condition{}
}

// answerBatch answers a batch, or returns what it has to wait for: copies, or a message that was
// sent again while the first one is on its way to the log. If that one is not logged in time,
// the connection is closed, so that the client sends again.
func (c *clientConn) answerBatch(ctx actor.Context, p *pendingBatch) (need marks.Condition) {
	var ok frame.Ok
	if p.refusal != pzog.Refusal_NONE {
		c.refuseBatch(p)
		return marks.Condition{}
	}
	if len(p.last) > 0 {
		holders, lacking, need := c.holders(p)
		waits, inTime := need != (marks.Condition{}), time.Until(p.deadline) > 0
		switch {
		case waits && need.Copies == 0 && !inTime:
			ctx.Stop(ctx.Self())
			return need
		case waits && (need.Copies == 0 || inTime && !c.stopping):
			return need
		}
		ok.Copies, ok.Detail = uint32(holders), c.copiesDetail(p.batch, holders, lacking)
	}
	c.reportRefused(p.batch.Refused, true)
	c.out.buf = p.appendOks(c.out.buf, ok)
	return marks.Condition{}
}

// copiesDetail says why there are fewer copies than the client asked for.
func (c *clientConn) copiesDetail(b *messages.ClientBatch, holders int, lacking []int) string {
	switch {
	case holders >= b.MinCopies:
		return ""
	case len(lacking) == 0:
		return "kept by all hosts of the ring: it has no more"
	}
	return "kept, but not yet by " + c.hostNames(lacking)
}

// holders returns how many hosts have all of a batch durably, and which lack some of it. If
// there are fewer than the client asks for, need is what has to come true first.
func (c *clientConn) holders(p *pendingBatch) (least int, lacking []int, need marks.Condition) {
	want := min(p.batch.MinCopies, len(c.node.Ring().Hosts))
	least = math.MaxInt
	for _, m := range p.last {
		if c.node.ledger.Durable(m.Run) < m.Seq {
			return 0, nil, marks.Condition{Run: m.Run, Seq: m.Seq}
		}
		n, without := c.node.ledger.Holders(m.Run, m.Seq)
		if n < want && need.Copies == 0 {
			need = marks.Condition{Run: m.Run, Seq: m.Seq, Copies: want}
		}
		if n < least {
			least, lacking = n, without
		}
	}
	return least, lacking, need
}

// lastMarks returns the last messages of a batch, by run. A host that has these has all of it.
func lastMarks(b *messages.ClientTaken) []marks.Mark {
	ends := make([]marks.Mark, 0, 1+min(len(b.Duplicates), 4))
	add := func(run marks.Run, seq uint64) {
		if i := slices.IndexFunc(ends, func(m marks.Mark) bool { return m.Run == run }); i >= 0 {
			ends[i].Seq = max(ends[i].Seq, seq)
		} else {
			ends = append(ends, marks.Mark{Run: run, Seq: seq})
		}
	}
	if n := len(b.Rows); n > 0 { // all of one run
		add(b.Rows[n-1].Run, b.Rows[n-1].Last())
	}
	for _, h := range b.Duplicates {
		add(h.Run, h.Seq)
	}
	return ends
}

// refuseBatch refuses each message of a batch.
func (c *clientConn) refuseBatch(p *pendingBatch) {
	texts := p.batch.Refused
	for id := p.batch.FirstID; id <= p.batch.LastID; id++ {
		if len(texts) > 0 && texts[0].ID == id { // refused for its text
			c.appendOk(frame.Ok{ID: id, Refusal: texts[0].Reason, Detail: record.Explain(texts[0].Reason, texts[0].Text)})
			texts = texts[1:]
			continue
		}
		c.node.Counts.Refused.Add(1)
		c.appendOk(frame.Ok{ID: id, Refusal: p.refusal, Detail: p.detail})
	}
}

func (c *clientConn) appendOk(ok frame.Ok) { c.out.buf = frame.AppendOk(c.out.buf, &ok) }

func (c *clientConn) hostNames(hosts []int) string {
	names := make([]string, len(hosts))
	for i, h := range hosts {
		names[i] = c.node.hostName(h)
	}
	return strings.Join(names, ", ")
}
