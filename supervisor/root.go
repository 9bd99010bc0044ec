package supervisor

import (
	"strings"
	"time"

	"github.com/asynkron/protoactor-go/actor"

	"xlattice.org/zog/actors"
	"xlattice.org/zog/messages"
)

// root is the top of the tree. It starts its children in order, and stops them in stages when it
// gets Drain: what was taken is logged and answered before the actors that do so stop.
type root struct {
	node     *actors.Node
	children []child
	ready    chan struct{} // closed when all children have started
	done     chan struct{} // closed when all children have stopped

	stages   []stage         // the stages left
	draining bool            // the present stage waits for Drained
	waiting  map[string]bool // the actors that the present stage waits for, by id
	timer    *time.Timer
}

type child struct {
	name  string
	props *actor.Props
}

// stage tells some actors to stop or to drain, and waits for them, but not longer than limit.
type stage struct {
	names []string
	drain bool
	limit time.Duration
}

// stageTimeout ends a stage whose limit has passed. left is how many stages follow it.
type stageTimeout struct{ left int }

// shutdown returns the stages in which a host stops.
func shutdown() []stage {
	return []stage{
		{names: []string{actors.ListenersName, actors.SurveyName}, limit: time.Second},
		{names: []string{actors.ConnsName}, drain: true, limit: 4 * time.Second},
		{names: []string{actors.LinksName}, drain: true, limit: 2 * time.Second},
		{names: []string{actors.ConnsName, actors.LinksName}, limit: time.Second},
		{names: []string{actors.ScrubName, actors.FollowersName, actors.RouterName, actors.KeepAliveName}, limit: time.Second},
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
		r.advance(ctx)
	case *messages.Drained:
		if r.draining { // else it is late: the actor is to stop
			r.childDone(ctx, m.Who)
		}
	case *actor.Terminated:
		r.childDone(ctx, m.Who)
	case *stageTimeout:
		if m.left == len(r.stages) {
			r.advance(ctx)
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

// advance starts the next stage. After the last one the root stops itself.
func (r *root) advance(ctx actor.Context) {
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
	r.stages, r.draining = r.stages[1:], s.drain
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
	over := &stageTimeout{left: len(r.stages)}
	r.timer = time.AfterFunc(s.limit, func() { system.Send(self, over) })
}

// childDone notes that an actor has stopped or drained.
func (r *root) childDone(ctx actor.Context, who *actor.PID) {
	if !r.waiting[who.Id] {
		return
	}
	delete(r.waiting, who.Id)
	if len(r.waiting) == 0 {
		r.advance(ctx)
	}
}

// isVital reports whether who is a child of the root that the host cannot work without. It can work
// without error.log, scrubbing, surveys and followers for a while.
func isVital(who *actor.PID) bool {
	switch strings.TrimPrefix(who.Id, actors.RootName+"/") {
	case actors.AccessLogName, actors.RouterName, actors.KeepAliveName:
		return true
	}
	return false
}

// isParent reports whether who is a child of the root that has children.
func isParent(who *actor.PID) bool {
	switch strings.TrimPrefix(who.Id, actors.RootName+"/") {
	case actors.ListenersName, actors.ConnsName, actors.LinksName:
		return true
	}
	return false
}
