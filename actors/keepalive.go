package actors

import (
	"time"

	"github.com/asynkron/protoactor-go/actor"

	"xlattice.org/zog/internal/schedule"
	"xlattice.org/zog/messages"
)

// KeepAlive is the scheduler: it tells links when to speak and connections
// when they have been silent for too long. It sleeps until the next of these
// is due; while all is quiet that is one wake-up an interval.
type KeepAlive struct {
	node *Node
	*watchState
	timer     *time.Timer
	nextCheck time.Time
	awake     time.Time // since when no alarm of ours was late
}

// watches is what the scheduler looks after. It outlives the actor.
type watchState struct {
	byConn map[string]*messages.Watch
}

// wake is the scheduler's own alarm.
type checkDue struct{}

// NewKeepAlive returns the props of the keep-alive scheduler.
func NewKeepAlive(node *Node) *actor.Props {
	memory := &watchState{byConn: make(map[string]*messages.Watch)}
	return node.Props(func(func() bool) actor.Actor { return &KeepAlive{node: node, watchState: memory} })
}

// Receive implements actor.Actor.
func (k *KeepAlive) Receive(ctx actor.Context) {
	switch m := ctx.Message().(type) {
	case *actor.Started:
		k.check(ctx)
	case *checkDue:
		k.wakeUp(ctx)
	case *messages.Watch:
		k.byConn[m.Conn.Id] = m
		k.armAt(ctx, time.Now().Add(schedule.Urgent))
	case *messages.Unwatch:
		delete(k.byConn, m.Conn.Id)
	case *messages.MarksChanged:
		k.node.marksChanged.Store(true)
		k.armAt(ctx, time.Now().Add(schedule.Urgent))
	case *actor.Stopping, *actor.Restarting:
		stopTimers(k.timer)
	}
}

// behind takes every peer for one that lacks something: each is to be told of our
// marks. A link that finds its peer settled by then says nothing.
func (k *KeepAlive) setAllBehind() {
	for _, w := range k.byConn {
		if w.Dialled {
			w.Pulse.SetBehind(true)
		}
	}
}

// woken looks, and does not judge if the alarm was late: this process was stopped or
// starved, and what others have said meanwhile is to be read first.
func (k *KeepAlive) wakeUp(ctx actor.Context) {
	now := time.Now()
	if !k.nextCheck.IsZero() && schedule.Late(k.nextCheck, now) {
		k.awake = now
	}
	k.logMissed(now)
	k.check(ctx)
}

// sayMissed tells the operator that this process did not run for a while: what the
// others say of this host is explained by it.
func (k *KeepAlive) logMissed(now time.Time) {
	if k.nextCheck.IsZero() {
		return
	}
	stopped, skipped := schedule.Missed(now.Sub(k.nextCheck), now.Round(0).Sub(k.nextCheck.Round(0)))
	if stopped > 0 {
		k.node.Log.Infof("this process was stopped or starved for %v at least", stopped)
	}
	if skipped > 0 {
		k.node.Log.Infof("this machine was suspended for %v, or its clock was set forward", skipped)
	}
}

// look goes through all connections and sleeps until the next is due.
func (k *KeepAlive) check(ctx actor.Context) {
	if k.node.marksChanged.Swap(false) {
		k.setAllBehind()
	}
	now, limits := time.Now(), k.node.keepaliveLimits()
	next := now.Add(limits.Timeout)
	for _, w := range k.byConn {
		act, at := limits.Decide(k.state(w, now), now)
		switch act {
		case schedule.Speak:
			ctx.Send(w.Conn, &messages.Speak{})
		case schedule.Close:
			delete(k.byConn, w.Conn.Id)
			ctx.Send(w.Conn, &messages.Silence{Pulse: w.Pulse})
			continue
		}
		if at.Before(next) {
			next = at
		}
	}
	k.nextCheck = time.Time{}
	k.armAt(ctx, next)
}

// line is what there is to know of a connection. While what came on it waits for its
// turn, it counts as heard.
func (k *KeepAlive) state(w *messages.Watch, now time.Time) schedule.Conn {
	p := w.Pulse
	line := schedule.Conn{
		Heard:    p.Heard(),
		Spoke:    p.Spoke(),
		Dialled:  w.Dialled,
		Behind:   p.Behind(),
		Owed:     p.Owed(),
		Promised: p.Promised(),
		Awake:    k.awake,
	}
	if p.Holding() {
		line.Heard = now
	}
	return line
}

// arm sees to it that we look at the given time or earlier.
func (k *KeepAlive) armAt(ctx actor.Context, at time.Time) {
	if !k.nextCheck.IsZero() && !at.Before(k.nextCheck) {
		return
	}
	stopTimers(k.timer)
	k.nextCheck = at
	k.timer = sendAfter(ctx, time.Until(at), &checkDue{})
}
