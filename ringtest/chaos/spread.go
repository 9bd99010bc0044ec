package chaos

import (
	"cmp"
	"fmt"
	"time"
)

// MayBegin returns the earliest time, not before at, at which a step may begin after those before
// it. This rule keeps a schedule within what a ring promises.
//
// A message that was acknowledged with one copy is on the disk of one host until it has spread. A
// step that takes data from that disk (see [Step.TakesData]) could remove the only copy: the ring
// may lose the message then, and the run shows nothing. So no fault is active for Spread before such
// a step, in which every message reaches every host, and no step begins for Recovery after it, in
// which the host gets back what it lost. In the Amount of the step clients are kept away from the
// host, so that it takes no messages at the last moment.
func (c Config) MayBegin(step Step, at time.Duration, before []Step) time.Duration {
	spread, whole := cmp.Or(c.Spread, 30*second), cmp.Or(c.Recovery, minute)
	takes := step.TakesData()
	if takes {
		at = max(at, spread)
	}
	for _, other := range before {
		if other.TakesData() {
			at = max(at, other.End()+whole)
		}
		if takes {
			at = max(at, other.End()+spread)
		}
	}
	return at
}

// KeepsData returns an error that names the first step of a schedule that begins before MayBegin.
// The schedule must pass [Schedule.Check].
func (c Config) KeepsData(s Schedule) error {
	for i, step := range s.Steps {
		if may := c.MayBegin(step, step.At, s.Steps[:i]); may != step.At {
			return fmt.Errorf("step %d, %s: it may begin at %v, because data could be lost", i+1, step, may)
		}
	}
	return nil
}
