package supervisor

import (
	"sync"
	"time"

	"github.com/asynkron/protoactor-go/actor"

	"xlattice.org/zog/actors"
)

// restarts are the pending restarts of a host's actors, and their streaks of failures. The
// policies share them. It is safe for concurrent use.
type restarts struct {
	node *actors.Node

	mu      sync.Mutex
	streaks map[string]*streak
	timers  map[string]*time.Timer
	stopped bool
}

func newRestarts(node *actors.Node) *restarts {
	return &restarts{node: node, streaks: make(map[string]*streak), timers: make(map[string]*time.Timer)}
}

// schedule restarts an actor after a pause. The actor must not have children: if the pause
// ended while it stops its children, it would start again.
func (r *restarts) schedule(wait time.Duration, parent actor.Supervisor, who *actor.PID) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if !r.stopped {
		r.node.Counts.Restarts.Add(1)
		r.timers[who.Id] = time.AfterFunc(wait, func() { parent.RestartChildren(who) })
	}
}

// countFailure counts a failure of an actor. It returns the length of the actor's streak, and
// whether to log this failure at level warning.
func (r *restarts) countFailure(who *actor.PID, now time.Time) (count int, warn bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	s := r.streaks[who.Id]
	if s == nil {
		s = new(streak)
		r.streaks[who.Id] = s
	}
	warn = s.add(now)
	return s.count, warn
}

// stop cancels the pending restarts, and prevents later ones.
func (r *restarts) stop() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.stopped = true
	for _, timer := range r.timers {
		timer.Stop()
	}
}

// streak is consecutive failures of one actor, each within failureWindow of the one before.
type streak struct {
	count int
	last  time.Time
}

// add counts a failure, and reports whether to log it at level warning. The logged ones become
// rarer, so that a streak of days does not fill the diagnostics.
func (s *streak) add(now time.Time) (warn bool) {
	if now.Sub(s.last) > failureWindow {
		s.count = 0
	}
	s.count++
	s.last = now
	return s.count&(s.count-1) == 0 // 1, 2, 4, 8 ...
}
