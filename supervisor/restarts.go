package supervisor

import (
	"sync"
	"time"

	"github.com/asynkron/protoactor-go/actor"

	"xlattice.org/zog/actors"
)

// restarts are the restarts of a host's actors: those that are to come, and how often
// each has failed in a row. The policies of several parents share them.
type restarts struct {
	node *actors.Node

	mu    sync.Mutex
	rows  map[string]*failures
	next  map[string]*time.Timer
	ended bool
}

func newRestarts(node *actors.Node) *restarts {
	return &restarts{node: node, rows: make(map[string]*failures), next: make(map[string]*time.Timer)}
}

// after restarts a leaf of the tree after a pause. It must not be used for actors with
// children: a pause that ends while such an actor stops would start it again.
func (r *restarts) after(wait time.Duration, parent actor.Supervisor, who *actor.PID) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if !r.ended {
		r.node.Counts.Restarts.Add(1)
		r.next[who.Id] = time.AfterFunc(wait, func() { parent.RestartChildren(who) })
	}
}

// failed notes a failure of an actor, and returns how many they are in a row, and
// whether this one is to be said.
func (r *restarts) failed(who *actor.PID, now time.Time) (count int, say bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	row := r.rows[who.Id]
	if row == nil {
		row = new(failures)
		r.rows[who.Id] = row
	}
	say = row.add(now)
	return row.count, say
}

// end sees to it that nothing is restarted any more.
func (r *restarts) end() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.ended = true
	for _, timer := range r.next {
		timer.Stop()
	}
}

// failures are those of one actor in a row: each came within failureWindow of the one
// before it.
type failures struct {
	count int
	last  time.Time
}

// add counts a failure. It tells whether it is to be said: the first of a row is, and
// then ever fewer, or a row that lasts for days would fill the diagnostics.
func (f *failures) add(now time.Time) (say bool) {
	if now.Sub(f.last) > failureWindow {
		f.count = 0
	}
	f.count++
	f.last = now
	return f.count&(f.count-1) == 0 // 1, 2, 4, 8 ...
}
