package actors

import (
	"errors"
	"time"

	"github.com/asynkron/protoactor-go/actor"

	"xlattice.org/zog/internal/frame"
	"xlattice.org/zog/internal/schedule"
	"xlattice.org/zog/internal/sequencer"
	"xlattice.org/zog/internal/tlsconn"
	"xlattice.org/zog/messages"
)

// peerConn is a connection that a peer has dialled: the peer sends, we answer. It passes Data
// on to the router, and sends Ok when the messages are in the log. After any error it closes
// the connection, and the peer dials again.
type peerConn struct {
	node   *Node
	idle   func() bool
	remote string
	peer   int
	number int // of the accepted connections
	reader *reader
	out    outbox
	conn   *messages.AcceptedConn
	pulse  *messages.Pulse
	signs  signTimer
	peerMarks
	heldAnswers

	shaken        chan struct{} // closed when the handshake has ended; nil if there is none
	greeted       bool
	greetingTimer *time.Timer      // of greetingDue
	lastPassed    uint64           // the last id that was passed to the router
	lastLogged    uint64           // the last id that was logged, or not taken
	lastOked      uint64           // the last id that was answered
	duplicates    []sequencer.Held // up to lastLogged, whose first copy is not durable yet
	gap           bool             // of the ids that are not answered yet, one was not taken for a gap
}

// greetingDue is the alarm for a peer that does not greet.
type greetingDue struct{ at time.Time }

// newPeerConn returns the props of a connection from the host at index peer, which it owns. number
// counts the accepted connections.
func newPeerConn(node *Node, conn *messages.AcceptedConn, peer, number int) *actor.Props {
	return node.Props(func(idle func() bool) actor.Actor {
		return &peerConn{
			node: node, idle: idle, peer: peer, number: number,
			conn: conn, pulse: &conn.Pulse,
			remote:    conn.Conn.RemoteAddr().String(),
			out:       outbox{conn: conn.Conn, timeout: peerTimeout, maxWrite: readMax},
			peerMarks: peerMarks{incoming: vectorReader{begin: node.ledger.BeginKeepAlive, peer: peer}},
		}
	})
}

// Receive implements actor.Actor.
func (c *peerConn) Receive(ctx actor.Context) {
	err := c.receive(ctx)
	if err == nil {
		err = c.flush(ctx)
	}
	if err != nil {
		c.fail(ctx, err, nil)
	}
}

func (c *peerConn) receive(ctx actor.Context) error {
	switch m := ctx.Message().(type) {
	case *actor.Started:
		c.start(ctx)
	case *peerShaken:
		return c.handshakeEnded(ctx, m)
	case *messages.TrustChanged:
		return c.checkTrust()
	case *controlFrame:
		return c.queueFrame(ctx, m)
	case *keepAlivesDue:
		return c.handleQueue(ctx)
	case *messages.PeerBatch:
		return c.takeBatch(ctx, m)
	case *messages.Logged:
		return c.batchLogged(m.Batch.(*messages.PeerTaken))
	case *messages.Advanced:
		c.marksAdvanced(m)
	case *messages.AskRepair:
		c.sendMarks(nil, true, true)
	case *signDue:
		c.sendSign(ctx)
	case *heldDue: // flush decides
	case *messages.Silence:
		return errSilent
	case *greetingDue:
		return c.greetingLate(ctx, m)
	case *messages.Abandon:
		return m.Reason
	case *readerEnded:
		c.fail(ctx, endReason(c.conn, m.err), m.raw)
	case *actor.Stopping:
		c.end(ctx)
	}
	return nil
}

// Violations of peers.
const (
	errDataBeforeGreeting violation = "data before keepAlive"
	errGreetingTimeout    violation = "no keepAlive in time"
	errTooManyDuplicates  violation = "too many messages that were sent before"
)

// errReplaced ends a connection without a fault: the peer sends again what is not answered.
var errReplaced = errors.New("replaced by a newer connection")

func (c *peerConn) start(ctx actor.Context) {
	if conn, ok := c.conn.Conn.(*tlsconn.Conn); ok {
		c.startHandshake(ctx, conn)
		return
	}
	c.startReading(ctx)
}

func (c *peerConn) startReading(ctx actor.Context) {
	c.pulse.Beat(time.Now())
	c.awaitGreeting(ctx)
	c.reader = &reader{
		conn: c.out.conn, limit: frame.PeerLimit, intake: &peerIntake{peer: c.peer}, pulse: c.pulse,
		deadline: readDeadline{timeout: c.node.frameTimeout},
	}
	c.reader.start(toSelf(ctx))
	ctx.Send(c.node.KeepAlive(), &messages.Watch{Conn: ctx.Self(), Pulse: c.pulse})
}

func (c *peerConn) awaitGreeting(ctx actor.Context) {
	c.greetingTimer = sendAfter(ctx, peerTimeout, &greetingDue{at: time.Now().Add(peerTimeout)})
}

// greetingLate ends a connection on which no peer has greeted in time.
func (c *peerConn) greetingLate(ctx actor.Context, m *greetingDue) error {
	switch {
	case c.greeted:
		return nil
	case schedule.Late(m.at, time.Now()): // the greeting may have come, and not been read yet
		c.awaitGreeting(ctx)
		return nil
	}
	return errGreetingTimeout
}

// sendSign sends a sign of life if the peer waits for an Ok.
func (c *peerConn) sendSign(ctx actor.Context) {
	if c.signs.expired(ctx, c.lastOked < c.lastPassed) {
		c.out.buf = c.node.appendAck(c.out.buf, nil, true, false)
	}
}

// takeBatch takes a batch. The KeepAlives that came before it are handled before it.
func (c *peerConn) takeBatch(ctx actor.Context, b *messages.PeerBatch) error {
	if len(c.queue) > 0 {
		c.queue = append(c.queue, b)
		return nil
	}
	return c.passToRouter(ctx, b)
}

// pass passes a batch to the router.
func (c *peerConn) passToRouter(ctx actor.Context, b *messages.PeerBatch) error {
	if !c.greeted {
		return errDataBeforeGreeting
	}
	b.Source, c.lastPassed = ctx.Self(), b.LastID
	c.signs.start(ctx)
	ctx.Send(c.node.router(), &messages.Take{Batch: b})
	return nil
}

// fail ends the connection, and reports why.
func (c *peerConn) fail(ctx actor.Context, err error, raw []byte) {
	err = c.node.explain(err)
	c.node.reports.connClosed(c.remote, err, raw)
	c.appendHeld()
	c.out.buf = c.node.appendRefusal(c.out.buf, err)
	ctx.Stop(ctx.Self())
}

func (c *peerConn) end(ctx actor.Context) {
	c.node.accepted.remove(c.conn)
	if c.reader == nil && c.shaken != nil {
		c.out.finish()
		c.conn.Conn.Close()
		<-c.shaken
		return
	}
	if c.reader != nil {
		stopTimers(c.greetingTimer, c.signs.timer, c.queueTimer, c.heldTimer)
		c.appendHeld()
		c.out.finish()
		c.reader.end()
	}
	ctx.Send(c.node.KeepAlive(), &messages.Unwatch{Conn: ctx.Self()})
	if c.node.waiters.removePeer(c.peer, ctx.Self()) {
		ctx.Send(c.node.router(), &messages.Gone{Peer: c.peer})
	}
}
