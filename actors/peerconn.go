package actors

import (
	"errors"
	"time"

	"github.com/asynkron/protoactor-go/actor"

	"xlattice.org/zog/internal/frame"
	"xlattice.org/zog/internal/schedule"
	"xlattice.org/zog/internal/sequencer"
	"xlattice.org/zog/messages"
)

// PeerConn is a connection that a peer has dialled: it speaks, we listen and
// answer. It passes Data to the router, and says Ok when the log has it. When
// anything is wrong it closes, and the peer dials again.
type PeerConn struct {
	node   *Node
	idle   func() bool
	remote string
	peer   int
	reader *reader
	out    outbox
	conn   *messages.AcceptedConn
	pulse  *messages.Pulse
	signs  signTimer
	peerMarks

	greeted       bool
	greetingTimer *time.Timer // until the greeting
	lastPassed    uint64      // the last id that was passed to the router
	lastLogged    uint64      // the last id that came and was dealt with
	lastOked      uint64      // the last id that we answered
	duplicates    []sequencer.Held
	gap           bool // among the ids dealt with and not answered is one that was not taken
}

// greetingDue is the alarm for a peer that does not say who it is.
type greetingDue struct{ at time.Time }

// NewPeerConn returns the props of a connection, which it owns, from the host at index
// peer.
func NewPeerConn(node *Node, guest *messages.AcceptedConn, peer int) *actor.Props {
	return node.Props(func(idle func() bool) actor.Actor {
		return &PeerConn{
			node: node, idle: idle, peer: peer,
			conn: guest, pulse: &guest.Pulse,
			remote:    guest.Conn.RemoteAddr().String(),
			out:       outbox{conn: guest.Conn, timeout: peerTimeout, maxWrite: readMax},
			peerMarks: peerMarks{incoming: vectorReader{begin: node.ledger.BeginKeepAlive, peer: peer}},
		}
	})
}

// Receive implements actor.Actor.
func (c *PeerConn) Receive(ctx actor.Context) {
	if err := c.receive(ctx); err != nil {
		c.fail(ctx, err, nil)
		return
	}
	if _, marks := ctx.Message().(*messages.Advanced); marks && c.lastLogged < c.lastPassed {
		return // Logged follows it, and one write does for both
	}
	if c.out.shouldFlush(c.idle()) {
		if err := c.out.flush(); err != nil {
			c.fail(ctx, err, nil)
		}
	}
}

func (c *PeerConn) receive(ctx actor.Context) error {
	switch m := ctx.Message().(type) {
	case *actor.Started:
		c.start(ctx)
	case *controlFrame:
		return c.queueFrame(ctx, m)
	case *keepAlivesDue:
		return c.handleQueue(ctx)
	case *messages.PeerBatch:
		return c.takeBatch(ctx, m)
	case *messages.Logged:
		return c.batchLogged(m.Batch.(*messages.PeerTaken))
	case *messages.Advanced:
		c.marksAdvanced(m.Marks)
	case *messages.AskRepair:
		c.sendMarks(nil, true, true)
	case *signDue:
		c.sendSign(ctx)
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

// What ends a connection.
const (
	errDataBeforeGreeting violation = "data before keepAlive"
	errGreetingTimeout    violation = "no keepAlive in time"
	errTooManyDuplicates  violation = "too many messages that were sent before"
)

// Why a connection ends that is not at fault: the peer sends again what it is not
// answered.
var (
	errReplaced = errors.New("replaced by a newer connection")
)

func (c *PeerConn) start(ctx actor.Context) {
	c.pulse.Beat(time.Now())
	c.awaitGreeting(ctx)
	c.reader = &reader{
		conn: c.out.conn, limit: frame.PeerLimit, intake: &peerIntake{peer: c.peer}, pulse: c.pulse,
		deadline: readDeadline{timeout: c.node.frameTimeout},
	}
	c.reader.start(toSelf(ctx))
	ctx.Send(c.node.KeepAlive(), &messages.Watch{Conn: ctx.Self(), Pulse: c.pulse})
}

func (c *PeerConn) awaitGreeting(ctx actor.Context) {
	c.greetingTimer = sendAfter(ctx, peerTimeout, &greetingDue{at: time.Now().Add(peerTimeout)})
}

// ungreeted ends a connection on which nobody has greeted in time.
func (c *PeerConn) greetingLate(ctx actor.Context, m *greetingDue) error {
	switch {
	case c.greeted:
		return nil
	case schedule.Late(m.at, time.Now()): // the greeting may be there, unread
		c.awaitGreeting(ctx)
		return nil
	}
	return errGreetingTimeout
}

// sign gives a sign of life, if the peer waits for an Ok.
func (c *PeerConn) sendSign(ctx actor.Context) {
	if c.signs.expired(ctx, c.lastOked < c.lastPassed) {
		c.out.buf = c.node.appendAck(c.out.buf, nil, true, false)
	}
}

// take takes a batch. What the peer said before it is heard before it.
func (c *PeerConn) takeBatch(ctx actor.Context, b *messages.PeerBatch) error {
	if len(c.queue) > 0 {
		c.queue = append(c.queue, b)
		return nil
	}
	return c.passToRouter(ctx, b)
}

// pass passes a batch to the router.
func (c *PeerConn) passToRouter(ctx actor.Context, b *messages.PeerBatch) error {
	if !c.greeted {
		return errDataBeforeGreeting
	}
	b.Source, c.lastPassed = ctx.Self(), b.LastID
	c.signs.start(ctx)
	ctx.Send(c.node.router(), &messages.Take{Batch: b})
	return nil
}

// fail ends the connection. What is wrong with the bytes goes to error.log, a
// connection that just ended does not.
func (c *PeerConn) fail(ctx actor.Context, err error, raw []byte) {
	c.node.reports.connClosed(c.remote, err, raw)
	c.out.buf = c.node.appendRefusal(c.out.buf, err)
	ctx.Stop(ctx.Self())
}

func (c *PeerConn) end(ctx actor.Context) {
	c.node.accepted.remove(c.conn)
	if c.reader != nil {
		stopTimers(c.greetingTimer, c.signs.timer, c.peerMarks.queueTimer)
		c.out.finish()
		c.reader.end()
	}
	ctx.Send(c.node.KeepAlive(), &messages.Unwatch{Conn: ctx.Self()})
	if c.node.waiters.removePeer(c.peer, ctx.Self()) {
		ctx.Send(c.node.router(), &messages.Gone{Peer: c.peer})
	}
}
