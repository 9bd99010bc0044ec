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
	timer *time.Timer          // of wakeDue, while the queue does not wake anybody
}

// wakeDue is the alarm after which those may be woken who wait for the log to grow.
type wakeDue struct{}

// NewFollowers returns the props of the actor that lets followers read.
func NewFollowers(node *Node) *actor.Props {
	return node.Props(func(func() bool) actor.Actor { return &followers{node: node} })
}

// Receive implements actor.Actor.
func (f *followers) Receive(ctx actor.Context) {
	switch m := ctx.Message().(type) {
	case *messages.AskRead:
		f.queue.Ask(m.Follower.Id, m.Grown, m.Position)
	case *messages.HasRead:
		f.queue.Done(m.Follower.Id)
	case *messages.Gone:
		f.queue.Remove(m.Conn.Id)
	case *messages.Grown:
		f.wake(ctx)
	case *wakeDue:
		f.timer = nil
		f.awaitGrowth(ctx)
	case *actor.Stopping, *actor.Restarting:
		stopTimers(f.timer)
		return
	default:
		return
	}
	f.awaitGrowth(ctx)
	f.serve(ctx)
}

// awaitGrowth has the access log tell when the log has grown, if that is waited for. It looks at the
// log afterwards: it may have grown before.
func (f *followers) awaitGrowth(ctx actor.Context) {
	if f.timer != nil || !f.queue.Waiting() {
		return
	}
	f.node.following.await()
	if f.queue.Behind(f.node.journal.Logged()) {
		f.wake(ctx)
	}
}

// wake wakes those who wait for the log to grow, or does so soon.
func (f *followers) wake(ctx actor.Context) {
	if f.timer != nil {
		return
	}
	if later := f.queue.Grown(time.Now()); later > 0 {
		f.timer = sendAfter(ctx, later, &wakeDue{})
	}
}

// serve gives turns to read. Followers use half of the processors, so that the host has the others.
func (f *followers) serve(ctx actor.Context) {
	most := max(1, runtime.GOMAXPROCS(0)/2)
	for {
		who, ok := f.queue.Next(time.Now(), most)
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

// piece returns how many bytes a follower reads at a time.
func (f *following) piece() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.places.Piece()
}

// await makes grown return true once.
func (f *following) await() { f.awaited.Store(true) }

// grown tells whether somebody waits for the log to grow. It costs the access log a load.
func (f *following) grown() bool { return f.awaited.Load() && f.awaited.Swap(false) }
