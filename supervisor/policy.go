package supervisor

import (
	"fmt"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/asynkron/protoactor-go/actor"
	"github.com/sirupsen/logrus"
)

// The policy for restarts. protoactor's own backoff is linear, hardly
// jittered and without a limit, and its default gives up in silence.
const (
	firstPause = 10 * time.Millisecond
	maxPause   = 5 * time.Second
	// An actor that fails more often than maxFailures within the window has a
	// cause that no restart mends.
	maxFailures   = 10
	failureWindow = 30 * time.Second
)

// pause returns how long to wait before the restart after the given number of
// failures within the window, or false to give up. It doubles, up to a
// maximum; chance, in [0, 1), spreads it over the upper half.
func pause(failures int, chance float64) (time.Duration, bool) {
	if failures > maxFailures {
		return 0, false
	}
	full := maxPause
	if doublings := failures - 1; doublings < 16 {
		full = min(maxPause, firstPause<<max(0, doublings))
	}
	return full/2 + time.Duration(chance*float64(full/2)), true
}

// backoffPolicy restarts a leaf of the tree after a pause, and escalates when
// it fails again and again. It must not be used for actors with children: a
// pause that ends while such an actor stops would start it again.
type backoffPolicy struct{ log logrus.FieldLogger }

// HandleFailure implements actor.SupervisorStrategy.
func (p *backoffPolicy) HandleFailure(_ *actor.ActorSystem, parent actor.Supervisor, who *actor.PID, rs *actor.RestartStatistics, reason, message any) {
	rs.Fail()
	wait, ok := pause(rs.NumberOfFailures(failureWindow), rand.Float64())
	log := p.log.WithField("actor", who.Id)
	if !ok {
		log.Errorf("gives up after %d failures: %v", maxFailures, reason)
		parent.EscalateFailure(fmt.Errorf("%s: %v", who.Id, reason), message)
		return
	}
	log.Warnf("failed, restarts in %v: %v", wait.Round(time.Millisecond), reason)
	time.AfterFunc(wait, func() { parent.RestartChildren(who) })
}

// stopPolicy stops what has failed: an accepted connection cannot be had back.
type stopPolicy struct{ log logrus.FieldLogger }

// HandleFailure implements actor.SupervisorStrategy.
func (p *stopPolicy) HandleFailure(_ *actor.ActorSystem, parent actor.Supervisor, who *actor.PID, _ *actor.RestartStatistics, reason, _ any) {
	p.log.WithField("actor", who.Id).Warnf("failed, is closed: %v", reason)
	parent.StopChildren(who)
}

// escalatePolicy hands the failure on to the parent's parent.
type escalatePolicy struct{}

// HandleFailure implements actor.SupervisorStrategy.
func (escalatePolicy) HandleFailure(_ *actor.ActorSystem, parent actor.Supervisor, who *actor.PID, _ *actor.RestartStatistics, reason, message any) {
	parent.EscalateFailure(fmt.Errorf("%s: %v", who.Id, reason), message)
}

// rootPolicy restarts the leaves below the root; the failure of a parent is
// that of the host.
type rootPolicy struct{ leaves *backoffPolicy }

// HandleFailure implements actor.SupervisorStrategy.
func (p *rootPolicy) HandleFailure(s *actor.ActorSystem, parent actor.Supervisor, who *actor.PID, rs *actor.RestartStatistics, reason, message any) {
	if isParent(who) {
		escalatePolicy{}.HandleFailure(s, parent, who, rs, reason, message)
		return
	}
	p.leaves.HandleFailure(s, parent, who, rs, reason, message)
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
