package report

import (
	"math"
	"os"
	"runtime"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// thisMachine describes the machine that this runs on. What cannot be told is left
// empty.
func thisMachine(now time.Time) Machine {
	m := Machine{
		Processor: processor(), Processors: runtime.NumCPU(),
		Go: runtime.Version(), Date: now.UTC().Format(time.DateOnly),
	}
	var name unix.Utsname
	if unix.Uname(&name) == nil {
		m.Kernel = unix.ByteSliceToString(name.Sysname[:]) + " " + unix.ByteSliceToString(name.Release[:])
	}
	var info unix.Sysinfo_t
	if unix.Sysinfo(&info) == nil {
		m.MemoryGiB = math.Round(float64(info.Totalram) * float64(info.Unit) / (1 << 30))
	}
	return m
}

func processor() string {
	info, _ := os.ReadFile("/proc/cpuinfo")
	for line := range strings.Lines(string(info)) {
		if key, value, ok := strings.Cut(line, ":"); ok && strings.TrimSpace(key) == "model name" {
			return strings.TrimSpace(value)
		}
	}
	return ""
}
