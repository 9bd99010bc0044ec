package supervisor

import (
	"strings"
	"time"

	"github.com/asynkron/protoactor-go/actor"

	"xlattice.org/zog/actors"
	"xlattice.org/zog/messages"
)

// root is the actor at the top. It starts its children in order, and on Drain
// stops them stage by stage, so that what was taken is logged and answered
// before what logs and answers is gone.
type root struct {
	node     *actors.Node
	children []child
	ready    chan struct{} // closed when all children are there
	done     chan struct{} // closed when all have stopped

	stages  []stage // still to come
	waiting map[string]bool
	timer   *time.Timer
}

type child struct {
	name  string
	props *actor.Props
}

// stage asks some actors to stop or to drain, and waits until they have, or
// until its time is over.
type stage struct {
	names []string
	drain bool
	limit time.Duration
}

// nextStage is the alarm at the end of a stage's time.
type nextStage struct{ left int } // stages to come then

// shutdown is the order in which a host stops.
func shutdown() []stage {
	return []stage{
		{names: []string{actors.ListenersName, actors.SurveyName}, limit: time.Second},
		{names: []string{actors.ConnsName}, drain: true, limit: 4 * time.Second},
		{names: []string{actors.LinksName}, drain: true, limit: 2 * time.Second},
		{names: []string{actors.ConnsName, actors.LinksName}, limit: time.Second},
		{names: []string{actors.ScrubName, actors.RouterName, actors.KeepAliveName}, limit: time.Second},
		{names: []string{actors.AccessLogName, actors.ErrorLogName}, limit: time.Second},
	}
}

// Receive implements actor.Actor.
func (r *root) Receive(ctx actor.Context) {
	switch m := ctx.Message().(type) {
	case *actor.Started:
		r.start(ctx)
	case *messages.Drain:
		r.stages = shutdown()
		r.next(ctx)
	case *messages.Drained:
		r.ended(ctx, m.Who)
	case *actor.Terminated:
		r.ended(ctx, m.Who)
	case *nextStage:
		if m.left == len(r.stages) {
			r.next(ctx)
		}
	case *actor.Stopped:
		if r.timer != nil {
			r.timer.Stop()
		}
		close(r.done)
	}
}

func (r *root) start(ctx actor.Context) {
	for _, c := range r.children {
		if _, err := ctx.SpawnNamed(c.props, c.name); err != nil {
			panic(err)
		}
	}
	close(r.ready)
}

// next begins the next stage; behind the last one there is only the root.
func (r *root) next(ctx actor.Context) {
	if r.timer != nil {
		r.timer.Stop()
	}
	if len(r.waiting) > 0 {
		r.node.Log.Warnf("stopping without waiting any longer (actors: %d)", len(r.waiting))
	}
	if len(r.stages) == 0 {
		ctx.Stop(ctx.Self())
		return
	}
	s := r.stages[0]
	r.stages = r.stages[1:]
	r.waiting = make(map[string]bool)
	for _, name := range s.names {
		pid := ctx.ActorSystem().NewLocalPID(actors.RootName + "/" + name)
		r.waiting[pid.Id] = true
		if s.drain {
			ctx.Send(pid, &messages.Drain{})
		} else {
			ctx.Poison(pid)
		}
	}
	system, self := ctx.ActorSystem().Root, ctx.Self()
	over := &nextStage{left: len(r.stages)}
	r.timer = time.AfterFunc(s.limit, func() { system.Send(self, over) })
}

func (r *root) ended(ctx actor.Context, who *actor.PID) {
	if !r.waiting[who.Id] {
		return
	}
	delete(r.waiting, who.Id)
	if len(r.waiting) == 0 {
		r.next(ctx)
	}
}

// isVital tells whether who is a child of the root that the host cannot do without, not
// even for a while. It can do without error.log, scrubbing and surveys.
func isVital(who *actor.PID) bool {
	switch strings.TrimPrefix(who.Id, actors.RootName+"/") {
	case actors.AccessLogName, actors.RouterName, actors.KeepAliveName:
		return true
	}
	return false
}

// isParent tells whether who is a child of the root with children of its own.
func isParent(who *actor.PID) bool {
	switch strings.TrimPrefix(who.Id, actors.RootName+"/") {
	case actors.ListenersName, actors.ConnsName, actors.LinksName:
		return true
	}
	return false
}
