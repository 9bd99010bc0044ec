package actors

import (
	"cmp"
	"errors"
	"net"
	"os"
	"time"

	"github.com/asynkron/protoactor-go/actor"
	"github.com/cenkalti/backoff/v5"

	"xlattice.org/zog/internal/frame"
	"xlattice.org/zog/internal/marks"
	"xlattice.org/zog/internal/relay"
	"xlattice.org/zog/internal/stream"
	"xlattice.org/zog/internal/trust"
	"xlattice.org/zog/messages"
	"xlattice.org/zog/messages/pzog"
)

// link holds our connection to one peer: we dial and send, the peer answers. It dials again, with
// backoff, for as long as it lives. Once the peer has greeted, a stream (link_stream.go) sends
// messages.
type link struct {
	node *Node
	idle func() bool
	peer int
	log  *linkLog

	backoff  *backoff.ExponentialBackOff
	timer    *time.Timer  // of linkTimerDue
	timerID  int          // of the newest timer
	dialing  *dialAttempt // while we dial
	lastDial time.Time    // when it began

	reader       *reader // while there is a connection
	out          outbox
	pulse        *messages.Pulse
	incoming     vectorReader
	sentMarks    marks.Vector  // our marks, as the peer knows them from this connection
	stream       *linkStream   // once the peer has greeted
	writeBlocked bool          // the peer does not read: out waits for writeAgain
	announced    time.Duration // the interval of KeepAlives that the peer was told last
}

type (
	// linkTimerDue ends the pause before the next dial, or the wait for a greeting. An older
	// timer may have expired at the same time: id tells which it is.
	linkTimerDue struct {
		id int
		at time.Time
	}
	// writeAgain makes a link write again to a peer that did not read.
	writeAgain struct{ conn net.Conn }
)

// newLink returns the props of the link to the host at index peer.
func newLink(node *Node, peer int) *actor.Props {
	log := &linkLog{node: node, peer: peer, lastUp: time.Now()}
	return node.Props(func(idle func() bool) actor.Actor {
		return &link{node: node, idle: idle, peer: peer, log: log}
	})
}

// Receive implements actor.Actor.
func (l *link) Receive(ctx actor.Context) {
	err := l.receive(ctx)
	if err == nil && l.out.shouldFlush(l.idle()) {
		err = l.flush(ctx)
	}
	if err != nil {
		l.fail(ctx, err, nil)
	}
	if l.stream != nil {
		l.pulse.Owe(l.stream.machine.Oldest())
	}
}

func (l *link) receive(ctx actor.Context) error {
	switch m := ctx.Message().(type) {
	case *actor.Started:
		l.dial(ctx)
	case *dialAttempt:
		return l.dialEnded(ctx, m)
	case *linkTimerDue:
		if m.id == l.timerID {
			return l.timerDue(ctx, m)
		}
	case *messages.Redial:
		l.dialNow(ctx)
	case *messages.TrustChanged:
		return l.checkTrust(ctx)
	case *controlFrame:
		m.credit.Return()
		if l.isCurrent(m.conn) {
			return l.takeFrame(ctx, m.frame)
		}
	case *readerEnded:
		if l.isCurrent(m.conn) {
			l.fail(ctx, l.node.refusedTLS(cmp.Or(m.err, errClosed), l.peer), m.raw)
		}
	case *writeAgain:
		if l.isCurrent(m.conn) {
			l.writeBlocked = false
		}
	case *messages.Silence:
		return l.silence(m)
	case *messages.Speak:
		l.sendKeepAlive()
	case *actor.Stopping, *actor.Restarting:
		l.end(ctx)
	default:
		return l.passToStream(ctx)
	}
	return nil
}

// isCurrent tells whether conn is our present connection. What was read from an earlier one is
// ignored.
func (l *link) isCurrent(conn net.Conn) bool { return l.reader != nil && l.reader.conn == conn }

// takeFrame takes a frame from the peer.
func (l *link) takeFrame(ctx actor.Context, f any) error {
	switch m := f.(type) {
	case *pzog.Ack:
		return l.takeAck(ctx, m)
	case *frame.Ok:
		if l.stream == nil {
			return errNoGreeting
		}
		return l.stream.answered(ctx, m)
	default:
		return errNotAnAnswer
	}
}

// passToStream gives a message to the stream, if there is one.
func (l *link) passToStream(ctx actor.Context) error {
	if l.stream != nil {
		return l.stream.receive(ctx)
	}
	if _, ok := ctx.Message().(*messages.Drain); ok {
		ctx.Send(ctx.Parent(), &messages.Drained{Who: ctx.Self()})
	}
	return nil
}

// Reasons to end a link's connection.
const errNotAnAnswer violation = "the accepting side speaks first"

var (
	errClosed     = errors.New("it closed the connection")
	errDialAgain  = errors.New("tls.mode has changed")
	errNoGreeting = errors.New("no answer to the first keepAlive")
)

// minDialPause is the least time between two dials that the peer causes.
const minDialPause = 20 * time.Millisecond

// dialNow ends the pause before the next dial: the peer has just sent something, so it is up.
func (l *link) dialNow(ctx actor.Context) {
	if l.reader == nil && l.dialing == nil && l.timer != nil && time.Since(l.lastDial) >= minDialPause {
		l.timer.Stop()
		l.timerID++
		l.dial(ctx)
	}
}

// checkTrust ends a connection that would not pass any more. A peer that was refused may be let
// in now.
func (l *link) checkTrust(ctx actor.Context) error {
	if l.reader == nil {
		l.dialNow(ctx)
		return nil
	}
	err := l.node.stillTrusted(l.out.conn, trust.Want{Kind: trust.Host, Name: l.node.hostName(l.peer)})
	switch {
	case err == nil:
		return nil
	case errors.Is(err, errUnprotected), errors.Is(err, errNotProtected):
		return errDialAgain // at once, and as the ring file says now
	}
	// The peer may have a new certificate by now. If not, the next handshake says that it is refused.
	return errors.New("its certificate is not taken any more: " + err.Error())
}

// silence ends a connection that was silent for too long, unless it has ended already.
func (l *link) silence(m *messages.Silence) error {
	if l.reader == nil || l.pulse != m.Pulse {
		return nil
	}
	return errSilent
}

// becomeUp begins to stream. Only now does the backoff start again from its beginning: a peer
// that accepts connections and never greets is not up.
func (l *link) becomeUp(ctx actor.Context, a *pzog.Ack) {
	l.timer.Stop()
	l.backoff = nil
	l.node.peerLog.compareRing(l.peer, a.Ring)
	l.log.up(isSecure(l.out.conn))
	ring := l.node.Ring()
	l.stream = &linkStream{link: l, machine: stream.New(relay.New(l.node.plan, l.node.self, l.peer, ring.Index))}
}

// flush writes what was collected. What the peer does not read yet counts as sent too: so no
// more is collected, and the peer owes an answer to it.
func (l *link) flush(ctx actor.Context) error {
	if l.reader == nil {
		return nil
	}
	if err := l.write(ctx); err != nil {
		return err
	}
	if l.stream != nil {
		return l.stream.sent(ctx)
	}
	return nil
}

// write writes, or makes the link write later if the peer does not read.
func (l *link) write(ctx actor.Context) error {
	if l.writeBlocked {
		return nil
	}
	err := l.out.flush()
	if errors.Is(err, os.ErrDeadlineExceeded) {
		l.writeBlocked = true
		ctx.Send(ctx.Self(), &writeAgain{conn: l.out.conn})
		return nil
	}
	return err
}

// fail ends the connection, and makes the link dial again after a pause.
func (l *link) fail(ctx actor.Context, err error, raw []byte) {
	if l.reader != nil {
		l.node.reports.connClosed(l.out.conn.RemoteAddr().String(), err, raw)
	}
	l.disconnect(ctx)
	l.becomeWaiting(ctx, err)
}

// disconnect closes the connection.
func (l *link) disconnect(ctx actor.Context) {
	stopTimers(l.timer)
	if l.stream != nil {
		l.stream.end(ctx)
		l.stream = nil
	}
	if l.reader != nil {
		ctx.Send(l.node.KeepAlive(), &messages.Unwatch{Conn: ctx.Self()})
		l.reader.end()
		l.reader = nil
		l.node.ledger.Disconnected(l.peer)
	}
}

// end ends everything. It must not panic, which would break the tree of actors.
func (l *link) end(ctx actor.Context) {
	if l.dialing != nil {
		l.dialing.end()
	}
	if l.reader != nil && !l.writeBlocked {
		l.out.finish()
	}
	l.disconnect(ctx)
}
