package actors

import (
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"github.com/asynkron/protoactor-go/actor"

	"xlattice.org/zog/internal/follow"
	"xlattice.org/zog/messages"
)

// followers lets those who follow the log read it: few at a time, in turn, and those who have read all
// once the log has grown. What it knows is asked for anew each second, so a restart loses nothing.
type followers struct {
	node  *Node
	queue follow.Queue[string] // of the ids of followers
	pause *time.Timer          // of wakeDue, while nobody is woken
	rest  *time.Timer          // of turnDue, while nobody reads
}

type (
	// wakeDue is the alarm after which those may be woken who wait for the log to grow.
	wakeDue struct{}
	// turnDue is the alarm after which the next one may read.
	turnDue struct{}
)

// NewFollowers returns the props of the actor that lets followers read.
func NewFollowers(node *Node) *actor.Props {
	return node.Props(func(func() bool) actor.Actor { return &followers{node: node} })
}

// Receive implements actor.Actor.
func (f *followers) Receive(ctx actor.Context) {
	switch m := ctx.Message().(type) {
	case *messages.AskRead:
		f.add(ctx, m)
	case *messages.HasRead:
		f.queue.Done(m.Follower.Id, time.Now())
	case *messages.Gone:
		f.queue.Remove(m.Conn.Id)
	case *messages.Grown:
		f.wake(ctx)
	case *wakeDue:
		f.pause = nil
		f.wake(ctx)
	case *turnDue:
		f.rest = nil
	case *actor.Stopping, *actor.Restarting:
		stopTimers(f.pause, f.rest)
		return
	}
	f.serve(ctx)
}

// add adds a follower to those who read or wait. The log may have grown after it was read, and before
// the access log was to tell so.
func (f *followers) add(ctx actor.Context, m *messages.AskRead) {
	f.queue.Ask(m.Follower.Id, m.Grown, time.Now())
	if !m.Grown {
		return
	}
	f.node.following.await()
	if m.Position < f.node.journal.Logged() {
		f.wake(ctx)
	}
}

// wake wakes those who wait for the log to grow. If others were woken just now, it does so soon, for all
// that the log has by then.
func (f *followers) wake(ctx actor.Context) {
	if !f.queue.Waiting() {
		return
	}
	switch later := f.queue.Grown(time.Now()); {
	case later == 0:
		stopTimers(f.pause)
		f.pause = nil
	case f.pause == nil:
		f.pause = sendAfter(ctx, later, &wakeDue{})
	}
}

// serve gives turns to read. Followers use half of the processors, so that the host has the others.
func (f *followers) serve(ctx actor.Context) {
	most := max(1, runtime.GOMAXPROCS(0)/2)
	for {
		who, later, ok := f.queue.Next(time.Now(), most)
		if later > 0 && f.rest == nil {
			f.rest = sendAfter(ctx, later, &turnDue{})
		}
		if !ok {
			return
		}
		ctx.Send(ctx.ActorSystem().NewLocalPID(who), &messages.MayRead{})
	}
}

// following is the places of those who follow the log, and whether they wait for it to grow.
type following struct {
	mu     sync.Mutex
	places follow.Places

	awaited atomic.Bool // the actor followers is to be told when the log has grown
}

// take takes a place.
func (f *following) take(from string, l follow.Limits) follow.Refusal {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.places.Take(from, l)
}

// addMarks counts marks of a client that has a place.
func (f *following) addMarks(from string, n int) follow.Refusal {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.places.AddMarks(from, n)
}

// free frees a place.
func (f *following) free(from string, marks int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.places.Free(from, marks)
}

// room returns what a follower may use.
func (f *following) room() follow.Room {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.places.Room()
}

// await makes grown return true once.
func (f *following) await() { f.awaited.Store(true) }

// grown tells whether somebody waits for the log to grow. It costs the access log a load.
func (f *following) grown() bool { return f.awaited.Load() && f.awaited.Swap(false) }
