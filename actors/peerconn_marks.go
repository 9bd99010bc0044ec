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
	// marksPause is the time between two times that a peerConn handles KeepAlives. Those that
	// come faster wait, unread if they are many, and are answered together: a peer that sends
	// them as fast as it can slows down nobody else.
	marksPause = 2 * time.Millisecond
	// marksRest is how many times as long as the handling the pause is, up to maxMarksPause: the
	// marks of one peer use no more than a fifth of a processor.
	marksRest     = 4
	maxMarksPause = time.Second
	// maxWanted is how many runs the router gets to decide whether to ask for a repair. The
	// repair brings all runs.
	maxWanted = 100
)

// peerMarks is the part of a peerConn that exchanges marks with the peer.
type peerMarks struct {
	incoming   vectorReader
	queue      []any        // *controlFrame with KeepAlives, and the batches behind them
	nextAt     time.Time    // when the queue may be handled
	queueTimer *time.Timer  // of keepAlivesDue
	sentMarks  marks.Vector // our marks, as the peer knows them from this connection
}

// keepAlivesDue is the alarm for handling the queue.
type keepAlivesDue struct{}

// queueFrame takes a frame that is not Data.
func (c *peerConn) queueFrame(ctx actor.Context, m *controlFrame) error {
	if _, ok := m.frame.(*pzog.KeepAlive); !ok {
		return errAnswer
	}
	c.queue = append(c.queue, m)
	rest := time.Until(c.nextAt)
	if rest <= 0 {
		return c.handleQueue(ctx)
	}
	if c.queueTimer == nil {
		c.queueTimer = sendAfter(ctx, rest, &keepAlivesDue{})
	}
	return nil
}

// handleQueue handles the queue, and answers all its KeepAlives with one Ack.
func (c *peerConn) handleQueue(ctx actor.Context) error {
	stopTimers(c.queueTimer)
	began := time.Now()
	waiting, greeting, complete := c.queue, !c.greeted, false
	c.queue, c.queueTimer = nil, nil
	for _, m := range waiting {
		whole, err := c.handleQueued(ctx, m)
		if err != nil {
			return err
		}
		complete = complete || whole
	}
	switch {
	case complete:
		c.answerKeepAlives(ctx, greeting)
	case greeting && len(waiting) > 0:
		c.answerPart(ctx)
	}
	c.nextAt = time.Now().Add(marksPauseAfter(time.Since(began)))
	return nil
}

// marksPauseAfter returns the pause after a handling that took so long.
func marksPauseAfter(took time.Duration) time.Duration {
	return min(max(marksPause, marksRest*took), maxMarksPause)
}

// handleQueued handles one entry. complete is true if the peer's vector is complete with it.
func (c *peerConn) handleQueued(ctx actor.Context, m any) (complete bool, err error) {
	switch m := m.(type) {
	case *messages.PeerBatch:
		return false, c.passToRouter(ctx, m)
	case *controlFrame:
		defer m.credit.Return()
		return c.takeKeepAlive(ctx, m.frame.(*pzog.KeepAlive))
	}
	return false, nil
}

// takeKeepAlive takes a part of the peer's vector. complete is true if the vector is complete.
func (c *peerConn) takeKeepAlive(ctx actor.Context, k *pzog.KeepAlive) (complete bool, err error) {
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
	vector := c.incoming.add(k.More, k.Delta, part)
	if vector == nil {
		return false, nil
	}
	if !c.greeted {
		c.node.peerLog.compareRing(c.peer, k.Ring)
		c.greeted = true
		if err := c.becomeGreeted(ctx); err != nil {
			return false, err
		}
	}
	if c.node.ledger.CommitKeepAlive(c.peer, vector, time.Now()) {
		ctx.Send(c.node.router(), &messages.Exceeded{})
	}
	return true, nil
}

// checkGreeting compares a greeting with the host that is expected, from the first frame on. What an older
// connection says of the peer's present run may be out of date.
func (c *peerConn) checkGreeting(k *pzog.KeepAlive) error {
	if c.greeted {
		return nil
	}
	if err := c.node.sameRing(k.RingName); err != nil {
		return err
	}
	if name := c.node.hostName(c.peer); k.Host != name {
		return fmt.Errorf("%w: calls itself %s, but its address is that of %s", errName, printable(k.Host), name)
	}
	if c.node.waiters.hasNewer(c.peer, c.number) {
		return errReplaced
	}
	return nil
}

// answerPart answers a part of a long greeting, so that the peer sees that we are alive. The
// answer is complete when the greeting is. The next part may take as long as the first.
func (c *peerConn) answerPart(ctx actor.Context) {
	stopTimers(c.greetingTimer)
	c.awaitGreeting(ctx)
	c.out.buf = c.node.appendAckPart(c.out.buf)
}

// becomeGreeted replaces the peer's older connection, if there is one. If there is a newer one, it
// returns an error. From now on this one is told when marks move, so that no move is left out
// between its first Ack and the next.
func (c *peerConn) becomeGreeted(ctx actor.Context) error {
	c.node.accepted.remove(c.conn)
	old, newest := c.node.waiters.setPeer(c.peer, ctx.Self(), c.number)
	if !newest {
		return errReplaced
	}
	if old != nil {
		ctx.Send(old, &messages.Abandon{Reason: errReplaced})
	}
	ctx.Send(c.node.router(), &messages.Greeted{Peer: c.peer})
	return nil
}

// answerKeepAlives tells the router about the peer's marks, and answers with ours.
func (c *peerConn) answerKeepAlives(ctx actor.Context, greeting bool) {
	asks := func(run marks.Run) bool { return c.node.runs.asks(c.peer, run) }
	wanted, more := c.node.ledger.Wanted(c.peer, maxWanted, asks)
	ctx.Send(c.node.router(), &messages.Heard{Peer: c.peer, Wanted: wanted, Greeting: greeting})
	c.appendOk()
	if greeting {
		more = c.node.ledger.Refusals(c.peer)
	}
	c.sendMarks(c.withoutPresent(more), !greeting, false)
}

// withoutPresent leaves out the peer's present run. The peer takes a mark for messages that are
// here; one of messages that it has not given out would make the run void.
func (c *peerConn) withoutPresent(more []marks.Mark) []marks.Mark {
	run := c.node.runs.present(c.peer)
	return slices.DeleteFunc(more, func(m marks.Mark) bool { return m.Run == run })
}

// sendMarks sends the changes of our marks, and more. Without delta the peer takes it as all.
func (c *peerConn) sendMarks(more []marks.Mark, delta, repair bool) {
	held := c.node.ledger.DurableVector()
	changed := held.Changes(&c.sentMarks)
	c.sentMarks, c.heldRuns = *held, c.heldRuns[:0]
	c.out.buf = c.node.appendAck(c.out.buf, append(changed, more...), delta, repair)
}
