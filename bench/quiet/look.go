package quiet

import (
	"context"
	"os"
	"runtime"
	"sync"
	"time"

	"golang.org/x/sys/unix"

	"xlattice.org/zog/bench/clock"
)

// loops is which part of a look its loops take, one of so many. The counters are compared
// over the rest only, in which this process sleeps.
const loops = 5

// sleep is that of the timer.
const sleep = time.Millisecond

// Look looks at this machine for so long, and returns earlier if ctx ends.
func Look(ctx context.Context, lasts time.Duration) Seen {
	before := Now()
	late := sleepAgainAndAgain(ctx, lasts-lasts/loops)
	after := Now()
	s := Between(before, after, runtime.GOMAXPROCS(0), os.Getpid())
	s.Date = time.Now().UTC().Format(time.DateOnly)
	s.Late = lateness(late)
	if ctx.Err() == nil {
		s.Lost = lost(loopOnAll(lasts / loops))
	}
	return s
}

// Now reads this machine's counters.
func Now() *Reading {
	r := Read(os.DirFS("/"), usedBy)
	var usage unix.Rusage
	if unix.Getrusage(unix.RUSAGE_SELF, &usage) == nil {
		r.Own = time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
	}
	r.At = time.Duration(clock.Now())
	return r
}

// usedBy returns how long the threads of a process have run.
func usedBy(pid int) (time.Duration, error) {
	var ts unix.Timespec
	err := unix.ClockGettime(int32(^pid<<3|2), &ts) // see clock_getcpuclockid(3)
	return time.Duration(ts.Nano()), err
}

// sleepAgainAndAgain returns how much too long each sleep was. The thread that sleeps ends
// with it: its exact timers are not for the processes that are started later.
func sleepAgainAndAgain(ctx context.Context, lasts time.Duration) (late []time.Duration) {
	done := make(chan struct{})
	go func() {
		defer close(done)
		runtime.LockOSThread()
		clock.Exact()
		for end := clock.Now().Add(lasts); ctx.Err() == nil && clock.Now() < end; {
			due := clock.Now().Add(sleep)
			clock.SleepUntil(due)
			late = append(late, clock.Now().Sub(due))
		}
	}()
	<-done
	return late
}

// loopOnAll has a loop on each processor that this program may use, and returns how much
// time they wanted together and how much they had. The first quarter does not count: the
// kernel may have begun two loops on one processor, and then takes them apart.
func loopOnAll(lasts time.Duration) (wanted, had time.Duration) {
	var all sync.WaitGroup
	var mu sync.Mutex
	for range runtime.GOMAXPROCS(0) {
		all.Go(func() {
			runtime.LockOSThread()
			defer runtime.UnlockOSThread()
			end := time.Now().Add(lasts)
			spinUntil(end.Add(-lasts * 3 / 4))
			began, before := time.Now(), threadTime()
			spinUntil(end)
			took, used := time.Since(began), threadTime()-before
			mu.Lock()
			defer mu.Unlock()
			wanted += took
			had += used
		})
	}
	all.Wait()
	return wanted, had
}

// spinUntil keeps its thread busy. It reads the time without a system call: Go's scheduler
// would take the processor from a goroutine that makes one after the other.
func spinUntil(t time.Time) {
	for time.Now().Before(t) {
	}
}

// threadTime returns how long the thread that calls it has run.
func threadTime() time.Duration {
	var ts unix.Timespec
	_ = unix.ClockGettime(unix.CLOCK_THREAD_CPUTIME_ID, &ts) // it is always there
	return time.Duration(ts.Nano())
}
