package main

import (
	"math"
	"os"
	"runtime/debug"
	"syscall"

	"xlattice.org/zog/internal/cgroup"
)

// descriptors returns how many files and connections this process may have open, 0 if that
// is unknown. The Go runtime has raised the soft limit to the hard limit already.
func descriptors() int {
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil {
		return 0
	}
	return int(min(uint64(limit.Cur), math.MaxInt32))
}

// memory returns how many bytes of memory this process may use, 0 if only the machine
// limits it. It sets the memory limit of the Go runtime to 80 % of that; the rest is for
// what the runtime does not count, such as socket buffers.
func memory() int64 {
	limit := cgroup.MemoryLimit(os.DirFS("/"))
	if limit > 0 && os.Getenv("GOMEMLIMIT") == "" {
		debug.SetMemoryLimit(limit / 10 * 8)
	}
	return limit
}
