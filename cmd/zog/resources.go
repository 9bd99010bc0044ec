package main

import (
	"math"
	"os"
	"runtime/debug"
	"syscall"

	"xlattice.org/zog/internal/cgroup"
)

// descriptors returns how many files and connections this process may have open, 0 if
// that cannot be told. The runtime has raised the soft limit to the hard one by now.
func descriptors() int {
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil {
		return 0
	}
	return int(min(uint64(limit.Cur), math.MaxInt32))
}

// memory returns how many bytes of memory this process may take, 0 if there is no limit
// but that of the machine. It has the runtime collect garbage in time to stay below; what
// the runtime does not count, such as buffers of sockets, has the rest.
func memory() int64 {
	limit := cgroup.MemoryLimit(os.DirFS("/"))
	if limit > 0 && os.Getenv("GOMEMLIMIT") == "" {
		debug.SetMemoryLimit(limit / 10 * 8)
	}
	return limit
}
