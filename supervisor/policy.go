package supervisor

import (
	"fmt"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/asynkron/protoactor-go/actor"

	"xlattice.org/zog/actors"
)

// The backoff of restarts. That of protoactor is linear, has little jitter and no maximum, and
// protoactor's default policy gives up without a word.
const (
	firstPause = 10 * time.Millisecond
	maxPause   = 5 * time.Second
	// If a vital actor fails more often than maxFailures within failureWindow, no restart
	// removes the cause.
	maxFailures   = 10
	failureWindow = 30 * time.Second
)

// restartPause returns the pause before a restart after so many failures. It doubles up to
// maxPause. chance, in [0, 1), is the jitter, which uses the upper half of the pause.
func restartPause(failures int, chance float64) time.Duration {
	full := maxPause
	if doublings := failures - 1; doublings < 16 {
		full = min(maxPause, firstPause<<max(0, doublings))
	}
	return full/2 + time.Duration(chance*float64(full/2))
}

// vitalPolicy is for actors that the host cannot work without, and that have no children. It
// restarts them, but fails the host when one fails again and again.
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
	wait := restartPause(failures, rand.Float64())
	log.Warnf("failed, restarts in %v: %v", wait.Round(time.Millisecond), reason)
	p.restarts.schedule(wait, parent, who)
}

// dispensablePolicy is for actors that the host can work without for a while, and that have no
// children. It restarts them without limit.
type dispensablePolicy struct {
	node     *actors.Node
	restarts *restarts
}

// HandleFailure implements actor.SupervisorStrategy.
func (p *dispensablePolicy) HandleFailure(_ *actor.ActorSystem, parent actor.Supervisor, who *actor.PID, _ *actor.RestartStatistics, reason, _ any) {
	count, warn := p.restarts.countFailure(who, time.Now())
	wait := restartPause(count, rand.Float64())
	log := p.node.Log.WithField("actor", who.Id)
	switch shown := wait.Round(time.Millisecond); {
	case !warn:
		log.Debugf("failed %d times in a row, restarts in %v: %v", count, shown, reason)
	case count == 1:
		log.Warnf("failed, restarts in %v: %v", shown, reason)
	default:
		log.Warnf("failed %d times in a row, restarts in %v: %v", count, shown, reason)
	}
	p.restarts.schedule(wait, parent, who)
}

// stopPolicy is for accepted connections, which cannot be restarted. It stops them.
type stopPolicy struct{ node *actors.Node }

// HandleFailure implements actor.SupervisorStrategy.
func (p *stopPolicy) HandleFailure(_ *actor.ActorSystem, parent actor.Supervisor, who *actor.PID, _ *actor.RestartStatistics, reason, _ any) {
	p.node.Log.WithField("actor", who.Id).Warnf("failed, is closed: %v", reason)
	parent.StopChildren(who)
}

// escalatePolicy passes a failure on to the parent of the parent.
type escalatePolicy struct{}

// HandleFailure implements actor.SupervisorStrategy.
func (escalatePolicy) HandleFailure(_ *actor.ActorSystem, parent actor.Supervisor, who *actor.PID, _ *actor.RestartStatistics, reason, message any) {
	parent.EscalateFailure(fmt.Errorf("%s: %v", who.Id, reason), message)
}

// rootPolicy is for the children of the root.
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

// guardian is told when the root fails, which means that the host has failed.
type guardian struct {
	once   sync.Once
	failed chan struct{}
	err    error // set before failed is closed
}

func newGuardian() *guardian { return &guardian{failed: make(chan struct{})} }

// HandleFailure implements actor.SupervisorStrategy.
func (g *guardian) HandleFailure(_ *actor.ActorSystem, _ actor.Supervisor, _ *actor.PID, _ *actor.RestartStatistics, reason, _ any) {
	g.once.Do(func() {
		g.err = fmt.Errorf("the host has failed: %v", reason)
		close(g.failed)
	})
}
