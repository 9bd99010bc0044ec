// Package clock is the machine's monotonic clock, which all processes share: what
// one of them reads another can compare.
package clock

import (
	"time"

	"golang.org/x/sys/unix"
)

// Time is a moment, in nanoseconds from one that is the same for all processes.
type Time int64

// Now reads the clock.
func Now() Time {
	var ts unix.Timespec
	_ = unix.ClockGettime(unix.CLOCK_MONOTONIC, &ts) // it is always there
	return Time(ts.Nano())
}

// Add returns the time so much later.
func (t Time) Add(d time.Duration) Time { return t + Time(d) }

// Sub returns how much later t is than before.
func (t Time) Sub(before Time) time.Duration { return time.Duration(t - before) }
