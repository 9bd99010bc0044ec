package quiet

import (
	"io/fs"
	"path"
	"strconv"
	"strings"
	"time"

	"xlattice.org/zog/internal/cgroup"
)

// tick is the unit of /proc/stat: USER_HZ is 100 on all machines that Go runs on.
const tick = 10 * time.Millisecond

// Read reads the counters. root is the root of the file system of the machine, and used
// tells what a process has used, all its threads together. What cannot be read is left out.
// At and Own are left to the caller.
func Read(root fs.FS, used func(pid int) (time.Duration, error)) *Reading {
	r := &Reading{}
	if text, err := fs.ReadFile(root, "proc/stat"); err == nil {
		r.readStat(string(text))
	}
	r.readGroup(root)
	r.readPrograms(root, used)
	return r
}

// The fields of the first line of /proc/stat. A guest's time is in that of user and nice
// as well; iowait is idle time.
const (
	statIdle   = 3
	statIOWait = 4
	statStolen = 7
	statFields = 8
)

// readStat reads /proc/stat. Where all fields are 0, as in some sandboxes, it tells nothing.
func (r *Reading) readStat(text string) {
	var busy, stolen, any time.Duration
	processors := 0
	for line := range strings.Lines(text) {
		fields := strings.Fields(line)
		if len(fields) == 0 || !strings.HasPrefix(fields[0], "cpu") {
			continue
		}
		if fields[0] != "cpu" {
			processors++
			continue
		}
		for i, field := range fields[1:min(len(fields), 1+statFields)] {
			n, err := strconv.ParseInt(field, 10, 64)
			if err != nil {
				return
			}
			any += time.Duration(n) * tick
			switch i {
			case statIdle, statIOWait:
			case statStolen:
				stolen = time.Duration(n) * tick
			default:
				busy += time.Duration(n) * tick
			}
		}
	}
	if any > 0 {
		r.Processors, r.Busy, r.Stolen = processors, busy, stolen
	}
}

// readGroup reads the counters of the control group of this process, of version 2 or 1.
func (r *Reading) readGroup(root fs.FS) {
	for controllers, group := range cgroup.Groups(root) {
		in := "," + controllers + ","
		switch {
		case controllers == "":
			stat := nearest(root, "sys/fs/cgroup", group, "cpu.stat")
			if n, ok := value(stat, "usage_usec"); ok {
				r.Grouped, r.Group = true, time.Duration(n)*time.Microsecond
				n, _ = value(stat, "throttled_usec") // it is there only with a limit
				r.Throttled = time.Duration(n) * time.Microsecond
			}
		case strings.Contains(in, ",cpuacct,"):
			text := strings.TrimSpace(nearest(root, "sys/fs/cgroup/cpuacct", group, "cpuacct.usage"))
			if n, err := strconv.ParseInt(text, 10, 64); err == nil {
				r.Grouped, r.Group = true, time.Duration(n)
			}
		}
		if strings.Contains(in, ",cpu,") {
			n, _ := value(nearest(root, "sys/fs/cgroup/cpu", group, "cpu.stat"), "throttled_time")
			r.Throttled = time.Duration(n)
		}
	}
}

// nearest returns the text of a file of a group, or of the nearest group around it that has
// one.
func nearest(root fs.FS, top, group, file string) string {
	for text := range cgroup.Texts(root, top, group, file) {
		return text
	}
	return ""
}

// value returns the number behind a key, of lines of a key and a number.
func value(text, key string) (int64, bool) {
	for line := range strings.Lines(text) {
		if fields := strings.Fields(line); len(fields) == 2 && fields[0] == key {
			n, err := strconv.ParseInt(fields[1], 10, 64)
			return n, err == nil
		}
	}
	return 0, false
}

// readPrograms reads what each process has used. One that ends meanwhile is left out.
func (r *Reading) readPrograms(root fs.FS, used func(pid int) (time.Duration, error)) {
	r.Programs = map[int]Program{}
	entries, err := fs.ReadDir(root, "proc")
	if err != nil {
		return
	}
	for _, e := range entries {
		pid, err := strconv.Atoi(e.Name())
		if err != nil {
			continue
		}
		name, err := fs.ReadFile(root, path.Join("proc", e.Name(), "comm"))
		if err != nil {
			continue
		}
		if has, err := used(pid); err == nil {
			r.Programs[pid] = Program{Name: strings.TrimSpace(string(name)), Used: has}
		}
	}
}
