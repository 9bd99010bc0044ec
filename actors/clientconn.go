package actors

import (
	"math"
	"net"
	"strings"
	"time"

	"github.com/asynkron/protoactor-go/actor"

	"xlattice.org/zog/internal/frame"
	"xlattice.org/zog/internal/marks"
	"xlattice.org/zog/internal/record"
	"xlattice.org/zog/messages"
	"xlattice.org/zog/messages/pzog"
)

// clientTimeout is how long a client may go without reading its answers.
const clientTimeout = 30 * time.Second

// ClientConn is a connection from a client. It passes texts to the router, and
// answers each in turn: Ok once it is logged and as many hosts as the client
// asked for hold it, or a refusal.
type ClientConn struct {
	node   *Node
	idle   func() bool
	remote string
	reader *reader
	out    outbox
	pulse  messages.Pulse
	survey inquiry

	pending  []*pending
	waits    bool // we are to be told of copies
	draining bool // we take no more
	eof      bool // the client says no more
	stopping bool // the host stops: nobody is waited for
	farewell bool // we have said our last word
	timer    *time.Timer
}

// pending is a batch that is not answered yet.
type pending struct {
	batch    *messages.Batch
	logged   bool
	deadline time.Time    // for the copies
	refusal  pzog.Refusal // of the whole batch
	detail   string
}

// deadline is the alarm for the copies of the oldest batch, and for a client
// that does not close its side after we have closed ours.
type deadline struct{}

// NewClientConn returns the props of the connection conn, which it owns.
func NewClientConn(node *Node, conn net.Conn) *actor.Props {
	return node.Props(func(idle func() bool) actor.Actor {
		return &ClientConn{
			node: node, idle: idle,
			remote: conn.RemoteAddr().String(),
			out:    outbox{conn: conn, timeout: clientTimeout},
		}
	})
}

// Receive implements actor.Actor.
func (c *ClientConn) Receive(ctx actor.Context) {
	if err := c.receive(ctx); err != nil {
		c.fail(ctx, err, nil)
		return
	}
	if c.out.due(c.idle()) {
		if err := c.out.flush(); err != nil {
			c.fail(ctx, err, nil)
		}
	}
	if c.draining && len(c.pending) == 0 && !c.farewell {
		c.bye(ctx)
	}
}

func (c *ClientConn) receive(ctx actor.Context) error {
	switch m := ctx.Message().(type) {
	case *actor.Started:
		c.pulse.Beat(time.Now())
		c.reader = startReader(c.out.conn, frame.ClientLimit, &clientIntake{}, &c.pulse, toSelf(ctx))
		ctx.Send(c.node.KeepAlive(), &messages.Watch{Conn: ctx.Self(), Pulse: &c.pulse})
	case *said:
		defer m.credit.Return()
		k, ok := m.frame.(*pzog.KeepAlive)
		if !ok {
			return errAnswer
		}
		return c.keepAlive(ctx, k)
	case *messages.Batch:
		c.take(ctx, m)
	case *messages.Logged:
		if err := c.logged(m.Batch); err != nil {
			return err
		}
		c.answer(ctx)
	case *messages.Refuse:
		c.refused(m)
		c.answer(ctx)
	case *messages.Advanced:
		c.answer(ctx)
	case *deadline:
		if c.farewell {
			ctx.Stop(ctx.Self())
		}
		c.answer(ctx)
	case *messages.Surveyed:
		return c.surveyed(m)
	case *inquireAgain:
		c.inquireAgain(ctx, m)
	case *messages.Silence:
		return errSilent
	case *messages.Abandon:
		return m.Reason
	case *messages.Drain:
		c.draining, c.stopping = true, true
		c.answer(ctx)
	case *readerDied:
		c.ended(ctx, m)
	case *actor.Stopping:
		c.end(ctx)
	}
	return nil
}

// keepAlive answers a client's sign of life, or its question.
func (c *ClientConn) keepAlive(ctx actor.Context, k *pzog.KeepAlive) error {
	switch {
	case k.Version != protocol:
		return errVersion
	case k.Host != "":
		return errPeerHere
	case k.Follow:
		return errFollow
	case k.Survey:
		return c.asked(ctx, k)
	}
	c.out.buf = frame.AppendAck(c.out.buf, &pzog.Ack{Version: protocol, Host: c.node.Name(), Delta: true}, frame.ClientLimit)
	return nil
}

// What a client must not ask for.
const (
	errPeerHere violation = "a peer's keepAlive on the client port"
	errFollow   violation = "following is not to be had from this host"
)

func (c *ClientConn) take(ctx actor.Context, b *messages.Batch) {
	p := &pending{batch: b, deadline: time.Now().Add(b.Timeout)}
	c.pending = append(c.pending, p)
	for _, r := range b.Refused {
		c.node.Counts.Refused.Add(1)
		c.node.report(c.remote, record.Reason(r.Reason), r.Text)
	}
	switch {
	case c.draining || len(b.Rows) == 0:
		if c.draining {
			p.refusal, p.detail = pzog.Refusal_STOPPING, record.Reason(pzog.Refusal_STOPPING)
		}
		p.logged = true
		c.answer(ctx)
	default:
		b.Source = ctx.Self()
		ctx.Send(c.node.Router(), &messages.Take{Batch: b})
	}
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
	// Each refusal answers exactly its id; what stands before it is Ok'd.
	next := b.FirstID
	for _, r := range b.Refused {
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
// under way: for as long as for copies. Then the client has to try anew.
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

func (c *ClientConn) arm(ctx actor.Context, after time.Duration) {
	disarm(c.timer)
	c.timer = alarm(ctx, after, &deadline{})
}

// ended goes on until all is answered, if the client has closed no more than
// its own side.
func (c *ClientConn) ended(ctx actor.Context, m *readerDied) {
	if m.err == nil && len(c.pending) > 0 {
		c.draining, c.eof = true, true
		return
	}
	c.fail(ctx, m.err, m.raw)
}

// bye closes our side, so that the client reads its last answers and then sees
// the end. Closing all at once could take them from it.
func (c *ClientConn) bye(ctx actor.Context) {
	c.farewell = true
	half, ok := c.out.conn.(interface{ CloseWrite() error })
	if c.eof || !ok || c.out.flush() != nil || half.CloseWrite() != nil {
		ctx.Stop(ctx.Self())
		return
	}
	c.arm(ctx, time.Second)
}

// fail ends the connection, and puts what is wrong with it into error.log.
func (c *ClientConn) fail(ctx actor.Context, err error, raw []byte) {
	c.node.closed(c.remote, err, raw)
	ctx.Stop(ctx.Self())
}

func (c *ClientConn) end(ctx actor.Context) {
	disarm(c.timer)
	if c.reader != nil {
		c.out.finish()
		c.reader.end()
	}
	ctx.Send(c.node.KeepAlive(), &messages.Unwatch{Conn: ctx.Self()})
	c.node.audience.wait(ctx.Self(), false)
	c.endSurvey(ctx)
}
