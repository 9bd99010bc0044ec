package actors

import (
	"context"
	"net"
	"time"

	"github.com/asynkron/protoactor-go/actor"
	"github.com/cenkalti/backoff/v5"

	"xlattice.org/zog/internal/frame"
	"xlattice.org/zog/internal/marks"
	"xlattice.org/zog/internal/schedule"
	"xlattice.org/zog/messages"
)

// The part of a link that makes a connection: it dials, greets, and pauses before it dials again.

// dialTimeout is how long a dial may take. A dial that began while the network was cut succeeds
// only when TCP sends again, while a new one succeeds at once.
const dialTimeout = time.Second

// dialAttempt is a dial, and its result once done is closed.
type dialAttempt struct {
	cancel context.CancelFunc
	done   chan struct{}
	conn   net.Conn
	err    error
}

// dial begins to dial. The dialAttempt is sent to the link when it has ended.
func (l *link) dial(ctx actor.Context) {
	within, cancel := context.WithCancel(context.Background())
	d := &dialAttempt{cancel: cancel, done: make(chan struct{})}
	l.dialing, l.timer, l.lastDial = d, nil, time.Now()
	root, self := ctx.ActorSystem().Root, ctx.Self()
	go func() {
		defer close(d.done)
		d.conn, d.err = l.node.dialPeer(within, l.peer)
		root.Send(self, d)
	}()
}

// dialEnded takes the result of a dial, unless an actor has begun it that has failed since.
func (l *link) dialEnded(ctx actor.Context, d *dialAttempt) error {
	switch {
	case l.dialing != d:
	case d.err != nil:
		d.cancel()
		l.dialing = nil
		l.becomeWaiting(ctx, d.err)
	default:
		d.cancel()
		l.dialing = nil
		l.becomeGreeting(ctx, d.conn)
		return l.checkTrust(ctx) // the ring file may have changed meanwhile
	}
	return nil
}

// linkWriteTimeout is how long a link waits for its peer to read before it handles its mailbox.
// Whether a peer that does not read for longer is alive is decided by what it sends.
const linkWriteTimeout = 100 * time.Millisecond

// becomeGreeting sends our first KeepAlive, and waits for the answer.
func (l *link) becomeGreeting(ctx actor.Context, conn net.Conn) {
	l.out = outbox{conn: conn, timeout: linkWriteTimeout}
	l.pulse, l.sentMarks, l.writeBlocked = new(messages.Pulse), marks.Vector{}, false
	l.incoming = vectorReader{begin: l.node.ledger.BeginAck, peer: l.peer}
	l.pulse.Beat(time.Now())
	l.reader = &reader{conn: conn, limit: frame.PeerLimit, intake: noIntake{}, pulse: l.pulse}
	l.reader.start(toSelf(ctx))
	l.node.ledger.Connected(l.peer)
	l.sendMarks(l.node.ledger.DurableVector(), false)
	l.armTimer(ctx, peerTimeout)
	ctx.Send(l.node.KeepAlive(), &messages.Watch{Conn: ctx.Self(), Pulse: l.pulse, Dialled: true})
}

// becomeWaiting pauses before the next dial. The pause counts from the beginning of the last
// dial, so that a connection that has lasted for a while is dialled again at once, and so is a
// peer at which a dial has timed out.
func (l *link) becomeWaiting(ctx actor.Context, why error) {
	l.log.down(why)
	r := l.node.Ring().Reconnect
	if isRefusal(why) {
		l.armTimer(ctx, r.Max)
		return
	}
	if l.backoff == nil {
		l.backoff = &backoff.ExponentialBackOff{InitialInterval: r.Initial, Multiplier: 2, RandomizationFactor: 0.5}
		l.backoff.Reset()
	}
	most := schedule.MaxPause(r.Max, l.log.downFor())
	l.backoff.MaxInterval = most
	// The jitter of the library may exceed the maximum.
	l.armTimer(ctx, min(l.backoff.NextBackOff(), most)-time.Since(l.lastDial))
}

// timerDue ends the wait for a greeting, or the pause before the next dial.
func (l *link) timerDue(ctx actor.Context, m *linkTimerDue) error {
	switch {
	case l.timer == nil:
	case l.reader != nil && l.stream == nil && schedule.Late(m.at, time.Now()):
		l.armTimer(ctx, peerTimeout) // the greeting may have come, and not been read yet
	case l.reader != nil && l.stream == nil:
		return errNoGreeting
	case l.reader == nil && l.dialing == nil:
		l.dial(ctx)
	}
	return nil
}

func (l *link) armTimer(ctx actor.Context, after time.Duration) {
	stopTimers(l.timer)
	l.timerID++
	l.timer = sendAfter(ctx, after, &linkTimerDue{id: l.timerID, at: time.Now().Add(after)})
}

// end cancels a dial, and waits for its end.
func (d *dialAttempt) end() {
	d.cancel()
	<-d.done
	if d.conn != nil {
		d.conn.Close()
	}
}
