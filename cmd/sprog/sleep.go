package main

import (
	"context"
	"time"
)

// timerError is how late a timer of the runtime may be. For the rest of a sleep the thread blocks.
const timerError = 2 * time.Millisecond

// sleepUntil returns at a time, or before if ctx ends. It reports whether it is that time. It is exact to some
// microseconds, after exactSleep, so that the latencies of messages do not contain how late the sender was.
func sleepUntil(ctx context.Context, at time.Time) bool {
	left := time.Until(at)
	if left > timerError {
		sleep(ctx, left-timerError)
		if ctx.Err() != nil {
			return false
		}
		left = time.Until(at)
	}
	if left > 0 {
		blockFor(left)
	}
	return true
}
