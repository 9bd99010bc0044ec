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
	*watches
	timer *time.Timer
	next  time.Time
	awake time.Time // since when no alarm of ours was late
}

// watches is what the scheduler looks after. It outlives the actor.
type watches struct {
	lines map[string]*messages.Watch
}

// wake is the scheduler's own alarm.
type wake struct{}

// NewKeepAlive returns the props of the keep-alive scheduler.
func NewKeepAlive(node *Node) *actor.Props {
	memory := &watches{lines: make(map[string]*messages.Watch)}
	return node.Props(func(func() bool) actor.Actor { return &KeepAlive{node: node, watches: memory} })
}

// Receive implements actor.Actor.
func (k *KeepAlive) Receive(ctx actor.Context) {
	switch m := ctx.Message().(type) {
	case *actor.Started:
		k.look(ctx)
	case *wake:
		k.woken(ctx)
	case *messages.Watch:
		k.lines[m.Conn.Id] = m
		k.arm(ctx, time.Now().Add(schedule.Urgent))
	case *messages.Unwatch:
		delete(k.lines, m.Conn.Id)
	case *messages.Unsettled:
		k.node.marksChanged.Store(true)
		k.arm(ctx, time.Now().Add(schedule.Urgent))
	case *actor.Stopping, *actor.Restarting:
		disarm(k.timer)
	}
}

// behind takes every peer for one that lacks something: each is to be told of our
// marks. A link that finds its peer settled by then says nothing.
func (k *KeepAlive) behind() {
	for _, w := range k.lines {
		if w.Dialled {
			w.Pulse.SetBehind(true)
		}
	}
}

// woken looks, and does not judge if the alarm was late: this process was stopped or
// starved, and what others have said meanwhile is to be read first.
func (k *KeepAlive) woken(ctx actor.Context) {
	now := time.Now()
	if !k.next.IsZero() && schedule.Late(k.next, now) {
		k.awake = now
	}
	k.sayMissed(now)
	k.look(ctx)
}

// sayMissed tells the operator that this process did not run for a while: what the
// others say of this host is explained by it.
func (k *KeepAlive) sayMissed(now time.Time) {
	if k.next.IsZero() {
		return
	}
	stopped, skipped := schedule.Missed(now.Sub(k.next), now.Round(0).Sub(k.next.Round(0)))
	if stopped > 0 {
		k.node.Log.Infof("this process was stopped or starved for %v at least", stopped)
	}
	if skipped > 0 {
		k.node.Log.Infof("this machine was suspended for %v, or its clock was set forward", skipped)
	}
}

// look goes through all connections and sleeps until the next is due.
func (k *KeepAlive) look(ctx actor.Context) {
	if k.node.marksChanged.Swap(false) {
		k.behind()
	}
	now, limits := time.Now(), k.node.keepaliveLimits()
	next := now.Add(limits.Timeout)
	for _, w := range k.lines {
		act, at := limits.Decide(k.line(w, now), now)
		switch act {
		case schedule.Speak:
			ctx.Send(w.Conn, &messages.Speak{})
		case schedule.Close:
			delete(k.lines, w.Conn.Id)
			ctx.Send(w.Conn, &messages.Silence{Pulse: w.Pulse})
			continue
		}
		if at.Before(next) {
			next = at
		}
	}
	k.next = time.Time{}
	k.arm(ctx, next)
}

// line is what there is to know of a connection. While what came on it waits for its
// turn, it counts as heard.
func (k *KeepAlive) line(w *messages.Watch, now time.Time) schedule.Conn {
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
func (k *KeepAlive) arm(ctx actor.Context, at time.Time) {
	if !k.next.IsZero() && !at.Before(k.next) {
		return
	}
	disarm(k.timer)
	k.next = at
	k.timer = alarm(ctx, time.Until(at), &wake{})
}
