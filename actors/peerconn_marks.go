package actors

import (
	"fmt"
	"slices"
	"time"

	"github.com/asynkron/protoactor-go/actor"

	"xlattice.org/zog/internal/marks"
	"xlattice.org/zog/messages"
	"xlattice.org/zog/messages/pzog"
)

const (
	// hearPause lies between two times that a PeerConn deals with KeepAlives. Those that
	// come faster wait, unread if they are many, and are answered together: a peer that
	// says them as fast as it can costs nobody else anything.
	hearPause = 2 * time.Millisecond
	// hearRest is how many times as long as it took the pause is, up to maxHearPause: the
	// marks that a peer says take no more than a fifth of a processor.
	hearRest     = 4
	maxHearPause = time.Second
	// mostWanted is of how many runs the router looks whether they are worth a repair. A
	// repair brings all of them.
	mostWanted = 100
)

// hearing is the part of a PeerConn that deals with what the peer says of its marks.
type hearing struct {
	word    peerVector
	waiting []any        // what was not dealt with: a KeepAlive, as *said, and what came behind it
	free    time.Time    // when the next may be dealt with
	timer   *time.Timer  // to then
	told    marks.Vector // our marks, as the peer knows them from here
}

// hearDue is the alarm for dealing with the KeepAlives that wait.
type hearDue struct{}

// said takes a frame that is not Data.
func (c *PeerConn) said(ctx actor.Context, m *said) error {
	if _, ok := m.frame.(*pzog.KeepAlive); !ok {
		return errAnswer
	}
	c.waiting = append(c.waiting, m)
	rest := time.Until(c.free)
	if rest <= 0 {
		return c.hear(ctx)
	}
	if c.hearing.timer == nil {
		c.hearing.timer = alarm(ctx, rest, &hearDue{})
	}
	return nil
}

// hear deals with what waits, and answers all KeepAlives at once.
func (c *PeerConn) hear(ctx actor.Context) error {
	disarm(c.hearing.timer)
	begun := time.Now()
	waiting, hello, complete := c.waiting, !c.greeted, false
	c.waiting, c.hearing.timer = nil, nil
	for _, m := range waiting {
		whole, err := c.hearOne(ctx, m)
		if err != nil {
			return err
		}
		complete = complete || whole
	}
	switch {
	case complete:
		c.answer(ctx, hello)
	case hello && len(waiting) > 0:
		c.listen(ctx)
	}
	c.free = time.Now().Add(pauseAfter(time.Since(begun)))
	return nil
}

// pauseAfter returns the pause after KeepAlives that it took so long to deal with.
func pauseAfter(took time.Duration) time.Duration {
	return min(max(hearPause, hearRest*took), maxHearPause)
}

// hearOne deals with one that waited. It is true when the peer's word is complete by it.
func (c *PeerConn) hearOne(ctx actor.Context, m any) (complete bool, err error) {
	switch m := m.(type) {
	case *messages.PeerBatch:
		return false, c.pass(ctx, m)
	case *said:
		defer m.credit.Return()
		return c.keepAlive(ctx, m.frame.(*pzog.KeepAlive))
	}
	return false, nil
}

// keepAlive takes a part of the peer's word. It is true when the word is complete.
func (c *PeerConn) keepAlive(ctx actor.Context, k *pzog.KeepAlive) (complete bool, err error) {
	if k.Version != protocol {
		return false, errVersion
	}
	if err := c.fits(k); err != nil {
		return false, err
	}
	part, err := readMarks(k.Marks)
	if err != nil {
		return false, err
	}
	c.pulse.Promise(promised(k))
	c.node.runs.setPresent(c.peer, k.Boot)
	said := c.word.add(k.More, k.Delta, part)
	if said == nil {
		return false, nil
	}
	if !c.greeted {
		c.node.peerLog.compareRing(c.peer, k.Ring)
		c.greeted = true
		c.join(ctx)
	}
	if c.node.ledger.HeardVector(c.peer, said, time.Now()) {
		ctx.Send(c.node.router(), &messages.Exceeded{})
	}
	return true, nil
}

// fits tells whether a greeting is that of the host that is expected, from its first
// frame on.
func (c *PeerConn) fits(k *pzog.KeepAlive) error {
	if c.greeted {
		return nil
	}
	if err := c.node.sameRing(k.RingName); err != nil {
		return err
	}
	if name := c.node.hostName(c.peer); k.Host != name {
		return fmt.Errorf("%w: calls itself %s, but its address is that of %s", errName, printable(k.Host), name)
	}
	return nil
}

// listen shows a peer whose greeting is long that it is heard: as a part of the answer,
// which goes on when all of it is there. It has as long for the next part as for the
// first.
func (c *PeerConn) listen(ctx actor.Context) {
	disarm(c.timer)
	c.awaitGreeting(ctx)
	c.out.buf = c.node.appendAckPart(c.out.buf)
}

// join takes the place of the peer's older connection, if there is one. From here on
// it hears of marks that move: none may move unheard between the first that it tells
// and the next.
func (c *PeerConn) join(ctx actor.Context) {
	c.node.accepted.remove(c.guest)
	if old := c.node.waiters.setPeer(c.peer, ctx.Self()); old != nil {
		ctx.Send(old, &messages.Abandon{Reason: errReplaced})
	}
	ctx.Send(c.node.router(), &messages.Greeted{Peer: c.peer})
}

// answer passes the peer's word on, and answers it.
func (c *PeerConn) answer(ctx actor.Context, hello bool) {
	asks := func(run marks.Run) bool { return c.node.runs.asks(c.peer, run) }
	wanted, tell := c.node.ledger.Wanted(c.peer, mostWanted, asks)
	ctx.Send(c.node.router(), &messages.Heard{Peer: c.peer, Wanted: wanted, Hello: hello})
	c.settle()
	if hello {
		tell = c.node.ledger.Refusals(c.peer)
	}
	c.tell(c.withoutPresent(tell), !hello, false)
}

// withoutPresent leaves out the peer's present run. A mark of it shows that its messages
// are here: one that the peer has not given out would void the run.
func (c *PeerConn) withoutPresent(tell []marks.Mark) []marks.Mark {
	run := c.node.runs.present(c.peer)
	return slices.DeleteFunc(tell, func(m marks.Mark) bool { return m.Run == run })
}

// tell says what has changed in our marks, and more; without delta that is all there is.
func (c *PeerConn) tell(more []marks.Mark, delta, repair bool) {
	held := c.node.ledger.Snapshot()
	changed := held.Changes(&c.told)
	c.told = *held
	c.out.buf = c.node.appendAck(c.out.buf, append(changed, more...), delta, repair)
}

// advanced says how far our marks are now, of some runs.
func (c *PeerConn) advanced(moved []marks.Mark) {
	c.told.Apply(moved, true)
	c.out.buf = c.node.appendAck(c.out.buf, moved, true, false)
}
