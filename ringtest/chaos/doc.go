// Package chaos generates random schedules of faults for a ring. A seed always gives the same
// schedule.
//
//	s := chaos.Generate(7, chaos.Config{Hosts: 5, Lasts: 2 * time.Hour})
//	if fails(s) {
//		fmt.Print(chaos.Shrink(s, fails, 200)) // paste it into a file
//	}
//	again, err := chaos.Parse(text)
//
// A schedule is a list of steps, each with its time since the start. The [Kind] of a step says what
// it does, and which of the other fields of [Step] it uses. A schedule has a text form, one line per
// step, that [Parse] reads:
//
//	chaos seed=7 hosts=5 lasts=10m0s
//	12.5s crash hosts=2 mode=some for=3s
//	40s partition hosts=0,3 for=30s
//
// A schedule only says what is to happen. A player carries it out: [Play] on a ring in memory,
// ringtest/cmd/chaos-real on real processes. A player ends a fault at the [Step.End] of its step,
// and all faults at the end. Only a fault that is to hit the next frame may wait half a minute for
// one.
//
// [Generate] makes no schedule that exceeds what a ring promises: no step removes the only copy of
// an acknowledged message. [Config.MayBegin] is that rule.
package chaos
