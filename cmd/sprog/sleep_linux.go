package main

import (
	"runtime"
	"time"

	"golang.org/x/sys/unix"
)

// exactSleep makes the sleeps of the goroutine exact, until it calls release. The goroutine keeps its thread to
// itself meanwhile.
func exactSleep() (release func()) {
	runtime.LockOSThread()
	_ = unix.Prctl(unix.PR_SET_TIMERSLACK, 1, 0, 0, 0) // without it, sleeps are some 50 us less exact
	return func() {
		_ = unix.Prctl(unix.PR_SET_TIMERSLACK, 0, 0, 0, 0) // as it was
		runtime.UnlockOSThread()
	}
}

// blockFor blocks the thread: a timer of the runtime is exact to a millisecond only.
func blockFor(d time.Duration) {
	left := unix.NsecToTimespec(d.Nanoseconds())
	for unix.Nanosleep(&left, &left) == unix.EINTR {
	}
}
