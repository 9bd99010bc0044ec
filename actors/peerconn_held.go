package actors

import (
	"slices"
	"time"

	"github.com/asynkron/protoactor-go/actor"

	"xlattice.org/zog/internal/marks"
	"xlattice.org/zog/internal/relay"
	"xlattice.org/zog/internal/schedule"
	"xlattice.org/zog/messages"
)

// heldAnswers is the part of a peerConn that holds back acknowledgements which nobody waits for.
// What is held back is not in out.buf yet: the ids from lastOked to lastLogged, and our marks of
// heldRuns. It goes with whatever else is sent.
type heldAnswers struct {
	held      schedule.Held
	lastHeld  time.Time    // when hold was called last
	heldRuns  []marks.Run  // whose marks have moved
	heldTimer *time.Timer  // of heldDue
	heldAlarm time.Time    // when heldTimer expires
	heldMarks []marks.Mark // reused
}

// heldDue is the alarm for what is held back.
type heldDue struct{}

// hold holds back what has just been added: Oks for messages of so many bytes, or marks. awaited says
// that a client waits for copies of one of the messages.
func (c *peerConn) hold(bytes int64, awaited bool) {
	now := time.Now()
	if c.held.Since.IsZero() {
		c.held = schedule.Held{Since: now, Before: c.lastHeld, Most: relay.AnswerBytes}
	}
	c.lastHeld = now
	c.held.Bytes += bytes
	c.held.Runs = len(c.heldRuns)
	c.held.Awaited = c.held.Awaited || awaited
}

// marksAdvanced holds back our marks of some runs, unless a client waits for them.
func (c *peerConn) marksAdvanced(m *messages.Advanced) {
	for i := range m.Marks {
		if run := m.Marks[i].Run; len(c.heldRuns) > schedule.MaxHeldRuns || !slices.Contains(c.heldRuns, run) {
			c.heldRuns = append(c.heldRuns, run)
		}
	}
	c.hold(0, m.Awaited)
}

// flush writes what there is to say, once no more mail waits. What is held back goes with it, or by
// itself when it is due.
func (c *peerConn) flush(ctx actor.Context) error {
	if _, marks := ctx.Message().(*messages.Advanced); marks && c.lastLogged < c.lastPassed {
		return nil // Logged follows it, and one write does for both
	}
	if !c.out.shouldFlush(c.idle()) {
		return nil
	}
	if !c.held.Since.IsZero() {
		now := time.Now()
		if send, again := c.held.Decide(now); !send && len(c.out.buf) == 0 {
			c.setHeldAlarm(ctx, now, again)
			return nil
		}
		c.appendHeld()
	}
	return c.out.flush()
}

// setHeldAlarm sees to it that what is held back is looked at again. An alarm that is set already
// is left: it costs less to be woken once too often than to set one for each message.
func (c *peerConn) setHeldAlarm(ctx actor.Context, now, at time.Time) {
	switch {
	case now.Before(c.heldAlarm):
		return
	case c.heldTimer == nil:
		c.heldTimer = sendAfter(ctx, at.Sub(now), &heldDue{})
	default:
		c.heldTimer.Reset(at.Sub(now))
	}
	c.heldAlarm = at
}

// appendHeld appends what is held back. The marks are those in the ledger: if the log has lost
// something meanwhile, they do not say that it is here (I1).
func (c *peerConn) appendHeld() {
	if len(c.heldRuns) > 0 {
		c.heldMarks = c.node.ledger.DurableMarks(c.heldMarks[:0], c.heldRuns)
		c.sentMarks.Apply(c.heldMarks, true)
		c.out.buf = c.node.appendAck(c.out.buf, c.heldMarks, true, false)
	}
	c.appendOk()
	c.held, c.heldRuns = schedule.Held{}, c.heldRuns[:0]
}
