package actors

import (
	"time"

	"github.com/asynkron/protoactor-go/actor"
)

// toSelf delivers to the actor itself.
func toSelf(ctx actor.Context) func(any) {
	root, self := ctx.ActorSystem().Root, ctx.Self()
	return func(m any) { root.Send(self, m) }
}

// alarm sends m to the actor itself after a time. Who sets one stops it. It is never due
// at once: in virtual time such a timer fires within the call, and two that do so in
// parallel crash the race detector of Go 1.26.
func sendAfter(ctx actor.Context, after time.Duration, m any) *time.Timer {
	deliver := toSelf(ctx)
	return time.AfterFunc(max(after, time.Nanosecond), func() { deliver(m) })
}

// disarm stops alarms. One that is nil was not set.
func stopTimers(alarms ...*time.Timer) {
	for _, t := range alarms {
		if t != nil {
			t.Stop()
		}
	}
}
