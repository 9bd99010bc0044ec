// Package cgroup finds the memory limit of this process, if it is in a control
// group of Linux that has one: a container, or a service with MemoryMax.
package cgroup

import (
	"io/fs"
	"path"
	"strconv"
	"strings"
)

// MemoryLimit returns the lowest limit, in bytes, of the control group of this
// process and the groups around it, or 0 if there is none or it cannot be read. root
// is the root of the file system of the machine.
func MemoryLimit(root fs.FS) int64 {
	groups, err := fs.ReadFile(root, "proc/self/cgroup")
	if err != nil {
		return 0
	}
	least := int64(0)
	for line := range strings.Lines(string(groups)) {
		parts := strings.SplitN(strings.TrimSpace(line), ":", 3) // number, controllers, path
		if len(parts) != 3 {
			continue
		}
		switch parts[1] {
		case "":
			least = lower(least, lowest(root, "sys/fs/cgroup", parts[2], "memory.max"))
		case "memory":
			least = lower(least, lowest(root, "sys/fs/cgroup/memory", parts[2], "memory.limit_in_bytes"))
		}
	}
	return least
}

// lowest returns the lowest limit of a group and the groups around it. In a container
// the path of the group often does not exist, but the top does.
func lowest(root fs.FS, top, group, file string) (least int64) {
	for group = path.Clean("/" + group); ; group = path.Dir(group) {
		if text, err := fs.ReadFile(root, path.Join(top, group, file)); err == nil {
			least = lower(least, limit(string(text)))
		}
		if group == "/" {
			return least
		}
	}
}

// limit parses a limit. A number that no machine can have means that there is none.
func limit(text string) int64 {
	n, err := strconv.ParseInt(strings.TrimSpace(text), 10, 64)
	if err != nil || n >= 1<<60 {
		return 0
	}
	return n
}

// lower returns the lower of two limits; 0 is no limit.
func lower(a, b int64) int64 {
	if a == 0 || b != 0 && b < a {
		return b
	}
	return a
}
