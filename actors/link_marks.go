package actors

import (
	"fmt"
	"time"

	"github.com/asynkron/protoactor-go/actor"

	"xlattice.org/zog/internal/marks"
	"xlattice.org/zog/messages"
	"xlattice.org/zog/messages/pzog"
)

// The part of a link that exchanges marks with the peer.

// sendKeepAlive sends a KeepAlive, if it is time, or if the peer lacks something or knows another
// interval. While the peer does not read, nothing is added.
func (l *link) sendKeepAlive() {
	if l.reader == nil {
		return
	}
	l.pulse.SetBehind(!l.node.ledger.CaughtUp(l.peer))
	interval := l.node.keepaliveLimits().Interval
	switch {
	case l.writeBlocked:
		l.pulse.Speak(time.Now()) // what is not written yet asks for an answer too
	case l.pulse.Behind(), time.Since(l.pulse.Spoke()) >= interval, l.announced != interval:
		l.sendMarks(l.node.ledger.DurableVector(), true)
	}
}

// sendMarks sends our marks to the peer: all, or with delta the changes.
func (l *link) sendMarks(held *marks.Vector, delta bool) {
	l.announced = l.node.keepaliveLimits().Interval
	l.out.buf = l.node.appendKeepAlive(l.out.buf, held.Changes(&l.sentMarks), delta, l.announced, l.node.boot.Load())
	l.sentMarks = *held
	l.pulse.Speak(time.Now())
	l.node.Counts.KeepAlives.Add(1)
}

// takeAck takes an Ack. The first one is the peer's greeting.
func (l *link) takeAck(ctx actor.Context, a *pzog.Ack) error {
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
	hasMarks := len(a.Marks) > 0 || !a.Delta || l.incoming.partial != nil // otherwise it is a sign of life
	if hasMarks {
		if complete, err := l.takeMarks(ctx, a); err != nil || !complete {
			return err
		}
	}
	if l.stream == nil {
		l.becomeUp(ctx, a)
	}
	return l.stream.acked(ctx, a.Repair)
}

// takeMarks takes the marks of an Ack. complete is true if the peer's vector is complete.
func (l *link) takeMarks(ctx actor.Context, a *pzog.Ack) (complete bool, err error) {
	moved, err := readMarks(a.Marks)
	if err != nil {
		return false, err
	}
	all := !a.Delta || l.incoming.partial != nil // then moved is not all that has changed
	vector := l.incoming.add(a.More, a.Delta, moved)
	if vector == nil {
		if l.stream == nil { // a long greeting, whose next part may take as long
			l.armTimer(ctx, peerTimeout)
		}
		return false, nil
	}
	if l.node.ledger.CommitAck(l.peer, vector, time.Now()) {
		ctx.Send(l.node.router(), &messages.Exceeded{})
	}
	l.pulse.SetBehind(!l.node.ledger.CaughtUp(l.peer))
	l.node.waiters.notifyClients(ctx, moved, all)
	return true, nil
}
