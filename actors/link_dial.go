package actors

import (
	"context"
	"net"
	"net/netip"
	"time"

	"github.com/asynkron/protoactor-go/actor"
	"github.com/cenkalti/backoff/v5"

	"xlattice.org/zog/internal/frame"
	"xlattice.org/zog/internal/marks"
	"xlattice.org/zog/internal/schedule"
	"xlattice.org/zog/messages"
)

// How a Link comes to a connection: it dials, greets, or waits before it dials again.

// dialTimeout is how long a dial may take. One that was begun while the way was cut
// hears of its end no sooner than TCP sends again, which a new one does at once.
const dialTimeout = time.Second

// dialed is a Link's dial, and in the end what became of it.
type dialAttempt struct {
	cancel context.CancelFunc
	done   chan struct{} // closed at its end
	conn   net.Conn
	err    error
}

// dial begins to dial; a dialed message follows.
func (l *Link) dial(ctx actor.Context) {
	ring := l.node.Ring()
	from := ring.Hosts[l.node.self].Address
	to := netip.AddrPortFrom(ring.Hosts[l.peer].Address, ring.Ports.Peer)
	within, cancel := context.WithTimeout(context.Background(), dialTimeout)
	d := &dialAttempt{cancel: cancel, done: make(chan struct{})}
	l.dialing, l.timer, l.dialedAt = d, nil, time.Now()
	root, self := ctx.ActorSystem().Root, ctx.Self()
	go func() {
		defer close(d.done)
		d.conn, d.err = l.node.Dial(within, from, to)
		root.Send(self, d)
	}()
}

// dialled ends a dial, unless it is that of an actor that has failed since.
func (l *Link) dialEnded(ctx actor.Context, d *dialAttempt) {
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
	}
}

// writeSlice is how long a link waits for a peer to read before it hears its mail
// again. A peer that does not read for longer is judged by its signs of life.
const linkWriteTimeout = 100 * time.Millisecond

// becomeGreeting says our first KeepAlive, and waits for the answer.
func (l *Link) becomeGreeting(ctx actor.Context, conn net.Conn) {
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

// becomeWaiting waits before the next dial. The pause counts from the last one: a
// connection that has stood for a while is dialled anew at once, and so is a peer that
// let a dial take all its time.
func (l *Link) becomeWaiting(ctx actor.Context, why error) {
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
	// The library's jitter goes over the maximum.
	l.armTimer(ctx, min(l.backoff.NextBackOff(), most)-time.Since(l.dialedAt))
}

// rung is the end of waiting for a greeting, or for the next dial.
func (l *Link) timerDue(ctx actor.Context, m *linkTimerDue) error {
	switch {
	case l.timer == nil:
	case l.reader != nil && l.stream == nil && schedule.Late(m.at, time.Now()):
		l.armTimer(ctx, peerTimeout) // the greeting may be there, unread
	case l.reader != nil && l.stream == nil:
		return errNoGreeting
	case l.reader == nil && l.dialing == nil:
		l.dial(ctx)
	}
	return nil
}

func (l *Link) armTimer(ctx actor.Context, after time.Duration) {
	stopTimers(l.timer)
	l.timerID++
	l.timer = sendAfter(ctx, after, &linkTimerDue{waiting: l.timerID, at: time.Now().Add(after)})
}

// end gives a dial up.
func (d *dialAttempt) end() {
	d.cancel()
	<-d.done
	if d.conn != nil {
		d.conn.Close()
	}
}
