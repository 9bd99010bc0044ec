package actors

import (
	"time"

	"github.com/asynkron/protoactor-go/actor"
)

// toSelf returns a function that sends to the actor itself. It may be called by any goroutine.
func toSelf(ctx actor.Context) func(any) {
	root, self := ctx.ActorSystem().Root, ctx.Self()
	return func(m any) { root.Send(self, m) }
}

// sendAfter sends m to the actor itself after a time. The caller stops the timer when the actor
// ends. The time is never 0: in virtual time such a timer fires within the call, and two that
// do so in parallel crash the race detector of Go 1.26.
func sendAfter(ctx actor.Context, after time.Duration, m any) *time.Timer {
	deliver := toSelf(ctx)
	return time.AfterFunc(max(after, time.Nanosecond), func() { deliver(m) })
}

// stopTimers stops timers; nil is ignored.
func stopTimers(timers ...*time.Timer) {
	for _, t := range timers {
		if t != nil {
			t.Stop()
		}
	}
}
