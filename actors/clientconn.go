package actors

import (
	"time"

	"github.com/asynkron/protoactor-go/actor"

	"xlattice.org/zog/internal/budget"
	"xlattice.org/zog/internal/frame"
	"xlattice.org/zog/internal/marks"
	"xlattice.org/zog/internal/ratelimit"
	"xlattice.org/zog/internal/record"
	"xlattice.org/zog/internal/trust"
	"xlattice.org/zog/internal/turns"
	"xlattice.org/zog/messages"
	"xlattice.org/zog/messages/pzog"
)

// clientTimeout is how long a client may go without reading its answers.
const clientTimeout = 30 * time.Second

// clientConn is a connection from a client. It passes the messages on to the router, and
// answers each in the order of their ids: with Ok once it is in the log and as many hosts as
// the client asked for have it, or with a refusal.
type clientConn struct {
	node      *Node
	idle      func() bool
	remote    string
	reader    *reader
	out       outbox
	conn      *messages.AcceptedConn
	pulse     *messages.Pulse
	survey    surveyRequest
	follow    followRequest
	signs     signTimer
	samples   ratelimit.Samples // of the refused texts that are reported
	budget    *budget.Share     // the memory that this host holds for the client
	heldBytes int64             // part of budget: batches that are not answered, answers that are not written
	turn      turns.Client
	asker     string      // what whose returns, once it was asked
	granted   trust.Roles // that the client is known to have

	pending     []*pendingBatch
	waitsFor    marks.Condition // what we wait to be told, if anything
	draining    bool            // we take no more batches
	eof         bool            // the client has closed its side
	stopping    bool            // the host stops, and waits for no copies
	writeClosed bool            // we have closed our side
	timer       *time.Timer     // of answerDue
}

// answerDue is the alarm for the copies of the oldest batch, and for a client that does not
// close its side after we have closed ours.
type answerDue struct{}

// newClientConn returns the props of a client's connection, which it owns. stop stops a follower that
// fails.
func newClientConn(node *Node, conn *messages.AcceptedConn, stop actor.SupervisorStrategy) *actor.Props {
	remote := conn.Conn.RemoteAddr().String()
	return node.Props(func(idle func() bool) actor.Actor {
		return &clientConn{
			node: node, idle: idle,
			conn: conn, pulse: &conn.Pulse,
			remote: remote,
			out:    outbox{conn: conn.Conn, timeout: clientTimeout},
			budget: node.clients.budget.Share(),
			turn:   turns.Client{Turn: make(chan struct{}, 1)},
		}
	}, actor.WithSupervisor(stop))
}

// Receive implements actor.Actor.
func (c *clientConn) Receive(ctx actor.Context) {
	if err := c.receive(ctx); err != nil {
		c.fail(ctx, err, nil)
		return
	}
	if c.out.shouldFlush(c.idle()) {
		if err := c.flush(ctx); err != nil {
			c.fail(ctx, err, nil)
		}
	}
	c.updateHeld()
	if c.draining && len(c.pending) == 0 && !c.writeClosed {
		c.closeWrite(ctx)
	}
}

func (c *clientConn) receive(ctx actor.Context) error {
	switch m := ctx.Message().(type) {
	case *actor.Started:
		c.start(ctx)
	case *messages.TrustChanged:
		if err := c.node.stillTrusted(c.conn.Conn, trust.Want{}); err != nil {
			return err
		}
		if c.conn.Spoke() {
			c.notePlain()
		}
	case *controlFrame:
		defer m.credit.Return()
		c.node.clients.batches.release(&c.turn, m.weight)
		k, ok := m.frame.(*pzog.KeepAlive)
		if !ok {
			return errAnswer
		}
		return c.keepAlive(ctx, k)
	case *messages.ClientBatch:
		return c.takeBatch(ctx, m)
	case *messages.Logged:
		taken := m.Batch.(*messages.ClientTaken)
		c.leaveQueue(taken.Batch)
		if err := c.batchLogged(taken); err != nil {
			return err
		}
		c.answerReady(ctx)
	case *messages.Refuse:
		c.leaveQueue(m.Batch)
		c.batchRefused(m)
		c.answerReady(ctx)
	case *messages.Advanced:
		c.marksAdvanced(ctx)
	case *answerDue:
		c.deadlinePassed(ctx)
	case *signDue:
		c.sendSign(ctx)
	case *readerPaused:
		c.signs.start(ctx)
	case *messages.Surveyed:
		return c.surveyAnswered(m)
	case *surveyCheckDue:
		return c.checkSurvey(ctx, m)
	case *messages.Followed:
		return c.takePiece(ctx, m)
	case *followMarksDue:
		return c.followTimedOut()
	case *writeAgain:
		c.follow.blocked = false
	case *actor.Terminated:
		return errFollower
	case *messages.Silence:
		return errSilent
	case *messages.Abandon:
		return c.abandon(m)
	case *messages.Drain:
		c.drain(ctx)
	case *readerEnded:
		c.readerFailed(ctx, m)
	case *actor.Stopping:
		c.end(ctx)
	}
	return nil
}

func (c *clientConn) start(ctx actor.Context) {
	c.pulse.Beat(time.Now())
	c.pulse.Promise(defaultClientInterval)
	c.reader = &reader{
		conn: c.out.conn, limit: frame.ClientLimit, intake: &clientIntake{}, pulse: c.pulse, stops: &c.node.stops,
		deadline: readDeadline{timeout: c.node.frameTimeout}, onFrame: c.spoke,
		holder: func() *holder { return c.node.accepted.holders.find(c.conn) },
		quota:  quota{budget: c.budget, bufferBudget: c.node.clients.budget.Share(), batches: c.node.clients.batches, turn: &c.turn, control: c.node.clients.control},
	}
	c.reader.start(toSelf(ctx))
	ctx.Send(c.node.KeepAlive(), &messages.Watch{Conn: ctx.Self(), Pulse: c.pulse})
}

// spoke notes that a whole frame has come.
func (c *clientConn) spoke() {
	c.conn.SetSpoke()
	c.notePlain()
}

// notePlain notes what the client speaks.
func (c *clientConn) notePlain() { c.node.plain.note(c.remote, isSecure(c.conn.Conn)) }

// keepAlive answers a client's keep-alive, or its survey.
func (c *clientConn) keepAlive(ctx actor.Context, k *pzog.KeepAlive) error {
	switch {
	case k.Version != protocol:
		return errVersion
	case k.Host != "":
		return errPeerOnClientPort
	case k.Follow:
		return c.requestFollow(ctx, k)
	case k.Survey:
		if c.follow.active() {
			return errFollowsOnly
		}
		if err := c.may(trust.Follow); err != nil {
			return err
		}
		return c.requestSurvey(ctx, k)
	}
	if interval := announcedInterval(k); interval > 0 {
		c.pulse.Promise(interval)
	}
	if !c.follow.blocked { // what is not written yet is a sign of life too
		c.appendSign()
	}
	return nil
}

// defaultClientInterval is the interval of a client's keep-alives, unless it announces another
// one. It is long, so that a short keepalive.timeout ends no idle connection that is alive.
const defaultClientInterval = time.Minute

// appendSign appends a sign of life.
func (c *clientConn) appendSign() {
	c.out.buf = c.node.appendClientSign(c.out.buf)
}

// sendSign sends a sign of life if the client waits for anything.
func (c *clientConn) sendSign(ctx actor.Context) {
	owes := len(c.pending) > 0 || c.survey.open || c.pulse.Holding()
	if c.signs.expired(ctx, owes && !c.writeClosed) {
		c.appendSign()
	}
}

// Violations of clients in keep-alives.
const (
	errPeerOnClientPort violation = "a peer's keepAlive on the client port"
)

// may returns a violation unless the client has these roles. Its certificate does not change, and is
// not read again for each batch.
func (c *clientConn) may(roles trust.Roles) error {
	if c.granted.Has(roles) {
		return nil
	}
	if refusal := c.node.allows(c.conn.Conn, roles); refusal != nil {
		return violation(refusal.Error())
	}
	c.granted |= roles
	return nil
}

func (c *clientConn) takeBatch(ctx actor.Context, b *messages.ClientBatch) error {
	if err := c.may(trust.Send); err != nil {
		return err
	}
	if c.follow.active() {
		return errFollowsOnly
	}
	timeout := min(b.Timeout, c.node.Ring().Limits.CopiesTimeout)
	p := &pendingBatch{batch: b, deadline: time.Now().Add(timeout)}
	c.pending = append(c.pending, p)
	b.InFlight = true       // the reader has acquired the turn
	c.heldBytes += b.Weight // the reader has taken it from the budget
	c.signs.start(ctx)
	c.reportRefused(b.Refused, false)
	switch {
	case c.draining || b.Stale || len(b.Rows) == 0:
		if c.draining {
			p.refusal, p.detail = pzog.Refusal_STOPPING, record.Reason(pzog.Refusal_STOPPING)
		} else if b.Stale {
			p.refusal, p.detail = pzog.Refusal_OVERLOADED, missed
		}
		p.logged = true
		c.leaveQueue(b)
		c.answerReady(ctx)
	default:
		b.Source = ctx.Self()
		ctx.Send(c.node.router(), &messages.Take{Batch: b})
	}
	return nil
}

// abandon ends the connection, as batches of it may be lost. One that follows has none.
func (c *clientConn) abandon(m *messages.Abandon) error {
	if c.follow.follower != nil {
		return nil
	}
	return m.Reason
}

// drain answers what was taken, and ends the connection then. One that follows goes on at another host.
func (c *clientConn) drain(ctx actor.Context) {
	if c.follow.follower != nil {
		ctx.Stop(ctx.Self())
		return
	}
	c.draining, c.stopping = true, true
	c.answerReady(ctx)
}

// deadlinePassed answers the batch that has waited as long as its client wanted. If the next
// batch waits for the same copies, it waits until its own deadline.
func (c *clientConn) deadlinePassed(ctx actor.Context) {
	if c.writeClosed {
		ctx.Stop(ctx.Self())
	}
	c.waitsFor = marks.Condition{}
	c.answerReady(ctx)
}

func (c *clientConn) armDeadline(ctx actor.Context, after time.Duration) {
	stopTimers(c.timer)
	c.timer = sendAfter(ctx, after, &answerDue{})
}

// readerFailed ends the connection. If the client has only closed its side, everything is
// answered first.
func (c *clientConn) readerFailed(ctx actor.Context, m *readerEnded) {
	if m.err == nil && len(c.pending) > 0 {
		c.draining, c.eof = true, true
		return
	}
	c.fail(ctx, endReason(c.conn, m.err), m.raw)
}

// closeWrite closes our side, so that the client reads its last answers and then sees the end.
// If the connection were closed at once, the client could lose them.
func (c *clientConn) closeWrite(ctx actor.Context) {
	c.writeClosed = true
	half, ok := c.out.conn.(interface{ CloseWrite() error })
	if c.eof || !ok || c.flush(ctx) != nil || half.CloseWrite() != nil {
		ctx.Stop(ctx.Self())
		return
	}
	c.armDeadline(ctx, time.Second)
}

// fail ends the connection, and reports why.
func (c *clientConn) fail(ctx actor.Context, err error, raw []byte) {
	err = c.node.explain(err)
	c.node.reports.connClosed(c.remote, err, raw)
	c.out.buf = c.node.appendRefusal(c.out.buf, err)
	ctx.Stop(ctx.Self())
}

func (c *clientConn) end(ctx actor.Context) {
	stopTimers(c.timer, c.signs.timer)
	if c.reader != nil {
		c.out.finish()
		c.reader.end()
		c.node.clients.batches.suspend(&c.turn)
	}
	ctx.Send(c.node.KeepAlive(), &messages.Unwatch{Conn: ctx.Self()})
	c.node.waiters.removeClient(ctx.Self())
	c.endSurvey(ctx)
	c.freeFollowPlace()
	c.budget.End()
	c.node.accepted.remove(c.conn)
}
