package chaos

import (
	"cmp"
	"fmt"
	"time"
)

// MayBegin returns when, at or after a time, a step may begin behind those that
// are before it: the rule that keeps a schedule to what a ring promises.
//
// A message that was acknowledged with one copy is on the disk of one host until
// it has spread. A step that takes data from that disk (see [Step.TakesData])
// could take the only copy; the ring would be right to lose it, and the run
// would prove nothing. So before such a step no fault is active for Spread, in
// which everything comes to every host; and after it nothing begins for Whole,
// in which the host gets back what it lost: so there is only one such host at a
// time. What clients hand to the host in the last moment, the Amount of the step
// is for: it is how long they are held off first.
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

// KeepsData returns an error that names the first step of a schedule, which
// passes [Schedule.Check], that begins before it may.
func (c Config) KeepsData(s Schedule) error {
	for i, step := range s.Steps {
		if may := c.MayBegin(step, step.At, s.Steps[:i]); may != step.At {
			return fmt.Errorf("step %d, %s: it may begin at %v, as data could be lost for good", i+1, step, may)
		}
	}
	return nil
}
