// Package chaos makes schedules of faults for a ring: by chance, from a seed,
// and the same from the same seed.
//
//	s := chaos.Generate(7, chaos.Config{Hosts: 5, Lasts: 2 * time.Hour})
//	if fails(s) {
//		fmt.Print(chaos.Shrink(s, fails, 200)) // paste it into a file
//	}
//	again, err := chaos.Parse(text)
//
// A schedule is a list of steps, each at its time from the beginning on. What a
// step does follows from its [Kind], and each kind uses some of the fields of
// [Step] and leaves the others alone; the kinds say which. A schedule has a
// text form, one line a step, that [Parse] reads back:
//
//	chaos seed=7 hosts=5 lasts=10m0s
//	12.5s crash hosts=2 mode=some for=3s
//	40s partition hosts=0,3 for=30s
//
// Everything that is called the schedule here only says what is to happen. To do
// it is for a player, on a ring in memory or on real processes. A player ends a
// fault at the [Step.End] of its step at the latest, and all of them at the end. Only
// what is to hit the next frame may wait half a minute for it.
//
// [Generate] keeps to what a ring promises: no step takes away the only copy of
// a message that was acknowledged. [Config.MayBegin] is that rule.
package chaos
