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
	"xlattice.org/zog/messages"
	"xlattice.org/zog/messages/pzog"
)

// Link holds our connection to one peer: we dial and speak, the peer answers.
// It dials again, with backoff, for as long as it lives. Once the peer has
// greeted, a stream (link_stream.go) moves along our messages and sends.
type Link struct {
	node *Node
	idle func() bool
	peer int
	log  *linkLog

	backoff  *backoff.ExponentialBackOff
	timer    *time.Timer  // to the next dial, or of the greeting
	timerID  int          // counts what timer was set for
	dialing  *dialAttempt // while we dial
	dialedAt time.Time    // when the last dial began

	reader       *reader // while there is a connection
	out          outbox
	pulse        *messages.Pulse
	incoming     vectorReader
	sentMarks    marks.Vector // our marks, as the peer knows them from here
	stream       *linkStream  // once the peer has greeted
	writeBlocked bool         // the peer does not read: what is in out waits for writeOn

	announced time.Duration // how often the peer was told that we speak
}

type (
	// redial is the alarm at the end of a link's waiting: which waiting, it
	// says, as it may have ended otherwise.
	linkTimerDue struct {
		waiting int
		at      time.Time
	}
	// writeOn has a link write on to a peer that did not read for a while.
	writeAgain struct{ conn net.Conn }
)

// NewLink returns the props of the link to the host at index peer.
func NewLink(node *Node, peer int) *actor.Props {
	log := &linkLog{node: node, peer: peer, lastUp: time.Now()}
	return node.Props(func(idle func() bool) actor.Actor {
		return &Link{node: node, idle: idle, peer: peer, log: log}
	})
}

// Receive implements actor.Actor.
func (l *Link) Receive(ctx actor.Context) {
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

func (l *Link) receive(ctx actor.Context) error {
	switch m := ctx.Message().(type) {
	case *actor.Started:
		l.dial(ctx)
	case *dialAttempt:
		l.dialEnded(ctx, m)
	case *linkTimerDue:
		if m.waiting == l.timerID {
			return l.timerDue(ctx, m)
		}
	case *messages.Redial:
		l.dialNow(ctx)
	case *controlFrame:
		m.credit.Return()
		if l.isCurrent(m.conn) {
			return l.takeFrame(ctx, m.frame)
		}
	case *readerEnded:
		if l.isCurrent(m.conn) {
			l.fail(ctx, cmp.Or(m.err, errClosed), m.raw)
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

// has tells whether conn is the connection that we have now: what was read
// from an earlier one is passed over.
func (l *Link) isCurrent(conn net.Conn) bool { return l.reader != nil && l.reader.conn == conn }

// answered takes what the peer said.
func (l *Link) takeFrame(ctx actor.Context, said any) error {
	switch m := said.(type) {
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

// passOn gives to the stream what is for it.
func (l *Link) passToStream(ctx actor.Context) error {
	if l.stream != nil {
		return l.stream.receive(ctx)
	}
	if _, ok := ctx.Message().(*messages.Drain); ok {
		ctx.Send(ctx.Parent(), &messages.Drained{Who: ctx.Self()})
	}
	return nil
}

// What ends a link's connection.
const errNotAnAnswer violation = "the accepting side speaks first"

var (
	errClosed     = errors.New("it closed the connection")
	errNoGreeting = errors.New("no answer to the first keepAlive")
)

// hurryAfter is the least time between two dials that a peer provokes.
const minDialPause = 20 * time.Millisecond

// hurry ends our waiting: the peer has just spoken to us, so it is up.
func (l *Link) dialNow(ctx actor.Context) {
	if l.reader == nil && l.dialing == nil && l.timer != nil && time.Since(l.dialedAt) >= minDialPause {
		l.timer.Stop()
		l.timerID++
		l.dial(ctx)
	}
}

// silent ends a connection that was silent for too long, unless it has ended already.
func (l *Link) silence(m *messages.Silence) error {
	if l.reader == nil || l.pulse != m.Pulse {
		return nil
	}
	return errSilent
}

// becomeUp begins to stream. The backoff starts anew only now: a peer that
// accepts and then says nothing is not up.
func (l *Link) becomeUp(ctx actor.Context, a *pzog.Ack) {
	l.timer.Stop()
	l.backoff = nil
	l.node.peerLog.compareRing(l.peer, a.Ring)
	l.log.up()
	ring := l.node.Ring()
	l.stream = &linkStream{link: l, machine: stream.New(relay.New(l.node.plan, l.node.self, l.peer, ring.Index))}
}

// flush writes what has gathered. What the peer does not read for now counts as sent
// too: it bounds what gathers, and the peer owes an answer to it.
func (l *Link) flush(ctx actor.Context) error {
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

// write writes, or leaves it for later if the peer does not read.
func (l *Link) write(ctx actor.Context) error {
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

// fail ends the connection, and waits before it dials again.
func (l *Link) fail(ctx actor.Context, err error, raw []byte) {
	if l.reader != nil {
		l.node.reports.connClosed(l.out.conn.RemoteAddr().String(), err, raw)
	}
	l.disconnect(ctx)
	l.becomeWaiting(ctx, err)
}

// disconnect lets go of the connection.
func (l *Link) disconnect(ctx actor.Context) {
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

// end is the last thing that a Link does. It must not panic.
func (l *Link) end(ctx actor.Context) {
	if l.dialing != nil {
		l.dialing.end()
	}
	if l.reader != nil && !l.writeBlocked {
		l.out.finish()
	}
	l.disconnect(ctx)
}
