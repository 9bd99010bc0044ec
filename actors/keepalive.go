package actors

import (
	"time"

	"github.com/asynkron/protoactor-go/actor"

	"xlattice.org/zog/internal/schedule"
	"xlattice.org/zog/messages"
)

// KeepAlive is the scheduler of keep-alives: it tells links when to send them, and connections
// when they have been silent for too long. It sleeps until the next is due, but for a tick four
// times a second, by which a stop of this process is noticed.
type keepAlive struct {
	node *Node
	*watchState
	timer     *time.Timer
	tickTimer *time.Timer // of tickDue
	nextCheck time.Time   // when timer expires
	awake     time.Time   // since when this process has not been stopped
}

// watchState are the connections that the scheduler watches. It outlives the actor.
type watchState struct {
	byConn map[string]*messages.Watch
}

// checkDue is the alarm for the next check.
type checkDue struct{}

// tickDue is the alarm for the next tick of node.stops.
type tickDue struct{}

// NewKeepAlive returns the props of the keep-alive scheduler.
func NewKeepAlive(node *Node) *actor.Props {
	state := &watchState{byConn: make(map[string]*messages.Watch)}
	return node.Props(func(func() bool) actor.Actor { return &keepAlive{node: node, watchState: state} })
}

// Receive implements actor.Actor.
func (k *keepAlive) Receive(ctx actor.Context) {
	switch m := ctx.Message().(type) {
	case *actor.Started:
		k.tick(ctx)
		k.check(ctx)
	case *tickDue:
		k.tick(ctx)
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
		stopTimers(k.timer, k.tickTimer)
		k.node.stops.end()
	}
}

// tick notes that this process runs. It is an alarm of this actor, not a goroutine of its own, so that
// a host whose actors do not run counts as stopped too.
func (k *keepAlive) tick(ctx actor.Context) {
	k.node.stops.tick(time.Now())
	k.tickTimer = sendAfter(ctx, schedule.TickEvery, &tickDue{})
}

// setAllBehind makes all links tell their peers about our marks. A link whose peer has them by
// then sends nothing.
func (k *keepAlive) setAllBehind() {
	for _, w := range k.byConn {
		if w.Dialled {
			w.Pulse.SetBehind(true)
		}
	}
}

// wakeUp checks the connections. If the alarm is late, this process was stopped or starved: no
// silence before now counts, as what the others have sent is still to be read.
func (k *keepAlive) wakeUp(ctx actor.Context) {
	now := time.Now()
	if !k.nextCheck.IsZero() && schedule.Late(k.nextCheck, now) {
		k.awake = now
	}
	k.logMissed(now)
	k.check(ctx)
}

// logMissed tells the operator that this process did not run for a while, which explains what
// the others report about this host.
func (k *keepAlive) logMissed(now time.Time) {
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

// check checks all connections, and sleeps until the next is due.
func (k *keepAlive) check(ctx actor.Context) {
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

// state returns the state of a connection. While what came on it waits for its turn, the other
// side does not count as silent.
func (k *keepAlive) state(w *messages.Watch, now time.Time) schedule.Conn {
	p := w.Pulse
	conn := schedule.Conn{
		Heard:    p.Heard(),
		Spoke:    p.Spoke(),
		Dialled:  w.Dialled,
		Behind:   p.Behind(),
		Owed:     p.Owed(),
		Promised: p.Promised(),
		Awake:    k.awake,
	}
	if p.Holding() {
		conn.Heard = now
	}
	return conn
}

// armAt sees to it that the next check is at the given time or earlier.
func (k *keepAlive) armAt(ctx actor.Context, at time.Time) {
	if !k.nextCheck.IsZero() && !at.Before(k.nextCheck) {
		return
	}
	stopTimers(k.timer)
	k.nextCheck = at
	k.timer = sendAfter(ctx, time.Until(at), &checkDue{})
}
