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
	marksPause = 2 * time.Millisecond
	// hearRest is how many times as long as it took the pause is, up to maxHearPause: the
	// marks that a peer says take no more than a fifth of a processor.
	marksRest     = 4
	maxMarksPause = time.Second
	// mostWanted is of how many runs the router looks whether they are worth a repair. A
	// repair brings all of them.
	maxWanted = 100
)

// hearing is the part of a PeerConn that deals with what the peer says of its marks.
type peerMarks struct {
	incoming   vectorReader
	queue      []any        // what was not dealt with: a KeepAlive, as *said, and what came behind it
	nextAt     time.Time    // when the next may be dealt with
	queueTimer *time.Timer  // to then
	sentMarks  marks.Vector // our marks, as the peer knows them from here
}

// hearDue is the alarm for dealing with the KeepAlives that wait.
type keepAlivesDue struct{}

// said takes a frame that is not Data.
func (c *PeerConn) queueFrame(ctx actor.Context, m *controlFrame) error {
	if _, ok := m.frame.(*pzog.KeepAlive); !ok {
		return errAnswer
	}
	c.queue = append(c.queue, m)
	rest := time.Until(c.nextAt)
	if rest <= 0 {
		return c.handleQueue(ctx)
	}
	if c.peerMarks.queueTimer == nil {
		c.peerMarks.queueTimer = sendAfter(ctx, rest, &keepAlivesDue{})
	}
	return nil
}

// hear deals with what waits, and answers all KeepAlives at once.
func (c *PeerConn) handleQueue(ctx actor.Context) error {
	stopTimers(c.peerMarks.queueTimer)
	begun := time.Now()
	waiting, hello, complete := c.queue, !c.greeted, false
	c.queue, c.peerMarks.queueTimer = nil, nil
	for _, m := range waiting {
		whole, err := c.handleQueued(ctx, m)
		if err != nil {
			return err
		}
		complete = complete || whole
	}
	switch {
	case complete:
		c.answerKeepAlives(ctx, hello)
	case hello && len(waiting) > 0:
		c.answerPart(ctx)
	}
	c.nextAt = time.Now().Add(marksPauseAfter(time.Since(begun)))
	return nil
}

// pauseAfter returns the pause after KeepAlives that it took so long to deal with.
func marksPauseAfter(took time.Duration) time.Duration {
	return min(max(marksPause, marksRest*took), maxMarksPause)
}

// hearOne deals with one that waited. It is true when the peer's word is complete by it.
func (c *PeerConn) handleQueued(ctx actor.Context, m any) (complete bool, err error) {
	switch m := m.(type) {
	case *messages.PeerBatch:
		return false, c.passToRouter(ctx, m)
	case *controlFrame:
		defer m.credit.Return()
		return c.takeKeepAlive(ctx, m.frame.(*pzog.KeepAlive))
	}
	return false, nil
}

// keepAlive takes a part of the peer's word. It is true when the word is complete.
func (c *PeerConn) takeKeepAlive(ctx actor.Context, k *pzog.KeepAlive) (complete bool, err error) {
	if k.Version != protocol {
		return false, errVersion
	}
	if err := c.checkGreeting(k); err != nil {
		return false, err
	}
	part, err := readMarks(k.Marks)
	if err != nil {
		return false, err
	}
	c.pulse.Promise(announcedInterval(k))
	c.node.runs.setPresent(c.peer, k.Boot)
	said := c.incoming.add(k.More, k.Delta, part)
	if said == nil {
		return false, nil
	}
	if !c.greeted {
		c.node.peerLog.compareRing(c.peer, k.Ring)
		c.greeted = true
		c.becomeGreeted(ctx)
	}
	if c.node.ledger.CommitKeepAlive(c.peer, said, time.Now()) {
		ctx.Send(c.node.router(), &messages.Exceeded{})
	}
	return true, nil
}

// fits tells whether a greeting is that of the host that is expected, from its first
// frame on.
func (c *PeerConn) checkGreeting(k *pzog.KeepAlive) error {
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
func (c *PeerConn) answerPart(ctx actor.Context) {
	stopTimers(c.greetingTimer)
	c.awaitGreeting(ctx)
	c.out.buf = c.node.appendAckPart(c.out.buf)
}

// join takes the place of the peer's older connection, if there is one. From here on
// it hears of marks that move: none may move unheard between the first that it tells
// and the next.
func (c *PeerConn) becomeGreeted(ctx actor.Context) {
	c.node.accepted.remove(c.conn)
	if old := c.node.waiters.setPeer(c.peer, ctx.Self()); old != nil {
		ctx.Send(old, &messages.Abandon{Reason: errReplaced})
	}
	ctx.Send(c.node.router(), &messages.Greeted{Peer: c.peer})
}

// answer passes the peer's word on, and answers it.
func (c *PeerConn) answerKeepAlives(ctx actor.Context, hello bool) {
	asks := func(run marks.Run) bool { return c.node.runs.asks(c.peer, run) }
	wanted, tell := c.node.ledger.Wanted(c.peer, maxWanted, asks)
	ctx.Send(c.node.router(), &messages.Heard{Peer: c.peer, Wanted: wanted, Greeting: hello})
	c.appendOk()
	if hello {
		tell = c.node.ledger.Refusals(c.peer)
	}
	c.sendMarks(c.withoutPresent(tell), !hello, false)
}

// withoutPresent leaves out the peer's present run. A mark of it shows that its messages
// are here: one that the peer has not given out would void the run.
func (c *PeerConn) withoutPresent(tell []marks.Mark) []marks.Mark {
	run := c.node.runs.present(c.peer)
	return slices.DeleteFunc(tell, func(m marks.Mark) bool { return m.Run == run })
}

// tell says what has changed in our marks, and more; without delta that is all there is.
func (c *PeerConn) sendMarks(more []marks.Mark, delta, repair bool) {
	held := c.node.ledger.DurableVector()
	changed := held.Changes(&c.sentMarks)
	c.sentMarks = *held
	c.out.buf = c.node.appendAck(c.out.buf, append(changed, more...), delta, repair)
}

// advanced says how far our marks are now, of some runs.
func (c *PeerConn) marksAdvanced(moved []marks.Mark) {
	c.sentMarks.Apply(moved, true)
	c.out.buf = c.node.appendAck(c.out.buf, moved, true, false)
}
