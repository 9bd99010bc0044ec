package trial

import (
	"bytes"
	"fmt"
	"os"
	"time"

	"golang.org/x/sys/unix"
)

// processorTime returns how long processes have run on a processor, all their
// threads together.
func processorTime(pids []int) (total time.Duration, err error) {
	for _, pid := range pids {
		var ts unix.Timespec
		// The clock of another process: see clock_getcpuclockid(3).
		if err := unix.ClockGettime(int32(^pid<<3|2), &ts); err != nil {
			return 0, fmt.Errorf("processor time of process %d: %w", pid, err)
		}
		total += time.Duration(ts.Nano())
	}
	return total, nil
}

// times are how long processes have run on a processor.
type times struct{ all, clients time.Duration }

func (t *trial) processorTimes() (now times, err error) {
	if now.all, err = processorTime(t.pids); err != nil {
		return times{}, err
	}
	now.clients, err = processorTime([]int{t.clients.Pid()})
	return now, err
}

// The lines of /proc/PID/status about memory.
const (
	peakMemory = "VmHWM:"
	memory     = "VmRSS:"
)

// memoryOf adds up what a line of their status says of processes, in bytes.
func memoryOf(pids []int, line string) (total int64, err error) {
	for _, pid := range pids {
		status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
		if err != nil {
			return 0, err
		}
		_, rest, _ := bytes.Cut(status, []byte("\n"+line))
		var kib int64
		if _, err := fmt.Sscan(string(rest), &kib); err != nil {
			return 0, fmt.Errorf("%s of process %d: %w", line, pid, err)
		}
		total += kib << 10
	}
	return total, nil
}
