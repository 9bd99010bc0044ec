package clock

import "golang.org/x/sys/unix"

// SleepUntil returns at t, or at once if that is over. It blocks its thread, as that
// is exact to some microseconds, and a sleep of the runtime only to a millisecond.
func SleepUntil(t Time) {
	ts := unix.NsecToTimespec(int64(t))
	for unix.ClockNanosleep(unix.CLOCK_MONOTONIC, unix.TIMER_ABSTIME, &ts, nil) == unix.EINTR {
	}
}

// Exact makes the sleeps of the thread that calls it as exact as they can be. Lock
// the goroutine to it before.
func Exact() {
	_ = unix.Prctl(unix.PR_SET_TIMERSLACK, 1, 0, 0, 0) // where it cannot be had, sleeps are 50 us less exact
}
