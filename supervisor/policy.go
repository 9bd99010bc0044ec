package supervisor

import (
	"fmt"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/asynkron/protoactor-go/actor"

	"xlattice.org/zog/actors"
)

// The policy for restarts. protoactor's own backoff is linear, hardly
// jittered and without a limit, and its default gives up in silence.
const (
	firstPause = 10 * time.Millisecond
	maxPause   = 5 * time.Second
	// An actor that the host cannot do without, and that fails more often than
	// maxFailures within the window, has a cause that no restart mends.
	maxFailures   = 10
	failureWindow = 30 * time.Second
)

// pause returns how long to wait before the restart after the given number of failures.
// It doubles, up to a maximum; chance, in [0, 1), spreads it over the upper half.
func pause(failures int, chance float64) time.Duration {
	full := maxPause
	if doublings := failures - 1; doublings < 16 {
		full = min(maxPause, firstPause<<max(0, doublings))
	}
	return full/2 + time.Duration(chance*float64(full/2))
}

// vitalPolicy restarts a leaf that the host cannot do without, and escalates when it
// fails again and again: the host would only seem to work.
type vitalPolicy struct {
	node     *actors.Node
	restarts *restarts
}

// HandleFailure implements actor.SupervisorStrategy.
func (p *vitalPolicy) HandleFailure(_ *actor.ActorSystem, parent actor.Supervisor, who *actor.PID, rs *actor.RestartStatistics, reason, message any) {
	rs.Fail()
	log := p.node.Log.WithField("actor", who.Id)
	failures := rs.NumberOfFailures(failureWindow)
	if failures > maxFailures {
		log.Errorf("gives up after %d failures: %v", maxFailures, reason)
		parent.EscalateFailure(fmt.Errorf("%s: %v", who.Id, reason), message)
		return
	}
	wait := pause(failures, rand.Float64())
	log.Warnf("failed, restarts in %v: %v", wait.Round(time.Millisecond), reason)
	p.restarts.after(wait, parent, who)
}

// dispensablePolicy restarts a leaf that the host can do without for a while, for ever:
// its trouble is not the host's.
type dispensablePolicy struct {
	node     *actors.Node
	restarts *restarts
}

// HandleFailure implements actor.SupervisorStrategy.
func (p *dispensablePolicy) HandleFailure(_ *actor.ActorSystem, parent actor.Supervisor, who *actor.PID, _ *actor.RestartStatistics, reason, _ any) {
	count, say := p.restarts.failed(who, time.Now())
	wait := pause(count, rand.Float64())
	log := p.node.Log.WithField("actor", who.Id)
	switch shown := wait.Round(time.Millisecond); {
	case !say:
		log.Debugf("failed %d times in a row, restarts in %v: %v", count, shown, reason)
	case count == 1:
		log.Warnf("failed, restarts in %v: %v", shown, reason)
	default:
		log.Warnf("failed %d times in a row, restarts in %v: %v", count, shown, reason)
	}
	p.restarts.after(wait, parent, who)
}

// stopPolicy stops what has failed: an accepted connection cannot be had back.
type stopPolicy struct{ node *actors.Node }

// HandleFailure implements actor.SupervisorStrategy.
func (p *stopPolicy) HandleFailure(_ *actor.ActorSystem, parent actor.Supervisor, who *actor.PID, _ *actor.RestartStatistics, reason, _ any) {
	p.node.Log.WithField("actor", who.Id).Warnf("failed, is closed: %v", reason)
	parent.StopChildren(who)
}

// escalatePolicy hands the failure on to the parent's parent.
type escalatePolicy struct{}

// HandleFailure implements actor.SupervisorStrategy.
func (escalatePolicy) HandleFailure(_ *actor.ActorSystem, parent actor.Supervisor, who *actor.PID, _ *actor.RestartStatistics, reason, message any) {
	parent.EscalateFailure(fmt.Errorf("%s: %v", who.Id, reason), message)
}

// rootPolicy is that of the actors below the root, by what the host is without them.
type rootPolicy struct{ vital, dispensable actor.SupervisorStrategy }

// HandleFailure implements actor.SupervisorStrategy.
func (p *rootPolicy) HandleFailure(s *actor.ActorSystem, parent actor.Supervisor, who *actor.PID, rs *actor.RestartStatistics, reason, message any) {
	of := p.dispensable
	switch {
	case isParent(who):
		of = escalatePolicy{}
	case isVital(who):
		of = p.vital
	}
	of.HandleFailure(s, parent, who, rs, reason, message)
}

// guardian hears of the failure of the root, which is that of the host.
type guardian struct {
	once   sync.Once
	failed chan struct{}
	err    error // before failed is closed
}

func newGuardian() *guardian { return &guardian{failed: make(chan struct{})} }

// HandleFailure implements actor.SupervisorStrategy.
func (g *guardian) HandleFailure(_ *actor.ActorSystem, _ actor.Supervisor, _ *actor.PID, _ *actor.RestartStatistics, reason, _ any) {
	g.once.Do(func() {
		g.err = fmt.Errorf("the host has failed: %v", reason)
		close(g.failed)
	})
}
