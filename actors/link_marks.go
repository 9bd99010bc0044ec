package actors

import (
	"fmt"
	"time"

	"github.com/asynkron/protoactor-go/actor"

	"xlattice.org/zog/internal/marks"
	"xlattice.org/zog/messages"
	"xlattice.org/zog/messages/pzog"
)

// What a Link and its peer say to each other of their marks.

// speak says a KeepAlive, if it is time, or the peer lacks something or knows another
// interval. While it does not read, nothing is added to what waits.
func (l *Link) sendKeepAlive() {
	if l.reader == nil {
		return
	}
	l.pulse.SetBehind(!l.node.ledger.CaughtUp(l.peer))
	interval := l.node.keepaliveLimits().Interval
	switch {
	case l.writeBlocked:
		l.pulse.Speak(time.Now()) // what waits asks for an answer too
	case l.pulse.Behind(), time.Since(l.pulse.Spoke()) >= interval, l.announced != interval:
		l.sendMarks(l.node.ledger.DurableVector(), true)
	}
}

// say tells the peer our marks: all, or with delta what has changed.
func (l *Link) sendMarks(held *marks.Vector, delta bool) {
	l.announced = l.node.keepaliveLimits().Interval
	l.out.buf = l.node.appendKeepAlive(l.out.buf, held.Changes(&l.sentMarks), delta, l.announced, l.node.boot.Load())
	l.sentMarks = *held
	l.pulse.Speak(time.Now())
	l.node.Counts.KeepAlives.Add(1)
}

// acked takes the peer's word on its marks. The first one is its greeting.
func (l *Link) takeAck(ctx actor.Context, a *pzog.Ack) error {
	switch {
	case a.Refused != "" && l.stream == nil:
		return refusedError(a.Refused)
	case a.Refused != "":
		return fmt.Errorf("%w: %s", errClosed, printable(a.Refused))
	}
	if err := l.node.sameRing(a.RingName); err != nil {
		return err
	}
	if name := l.node.hostName(l.peer); a.Host != name {
		return fmt.Errorf("%w: %s answers at the address of %s", errName, printable(a.Host), name)
	}
	if a.Version != protocol {
		return errVersion
	}
	news := len(a.Marks) > 0 || !a.Delta || l.incoming.partial != nil // else it is a sign of life
	if news {
		if complete, err := l.takeMarks(ctx, a); err != nil || !complete {
			return err
		}
	}
	if l.stream == nil {
		l.becomeUp(ctx, a)
	}
	return l.stream.acked(ctx, a.Repair)
}

// heard takes over what the peer holds by its word. It is true when that is complete.
func (l *Link) takeMarks(ctx actor.Context, a *pzog.Ack) (complete bool, err error) {
	moved, err := readMarks(a.Marks)
	if err != nil {
		return false, err
	}
	all := !a.Delta || l.incoming.partial != nil // else moved is all that is new
	said := l.incoming.add(a.More, a.Delta, moved)
	if said == nil {
		if l.stream == nil { // a long greeting: it goes on
			l.armTimer(ctx, peerTimeout)
		}
		return false, nil
	}
	if l.node.ledger.CommitAck(l.peer, said, time.Now()) {
		ctx.Send(l.node.router(), &messages.Exceeded{})
	}
	l.pulse.SetBehind(!l.node.ledger.CaughtUp(l.peer))
	l.node.waiters.notifyClients(ctx, moved, all)
	return true, nil
}
