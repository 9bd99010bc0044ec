// Package cgroup tells how much memory the system lets this process have, where it is in
// a control group of Linux that has a limit: a container, or a service with MemoryMax.
package cgroup

import (
	"io/fs"
	"path"
	"strconv"
	"strings"
)

// MemoryLimit returns the limit in bytes of the group that this process is in, or of the
// group around it that has the lowest. It is 0 if there is none or it cannot be told. The
// file system is that of the machine, from its root on.
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

// lowest returns the lowest limit of a group and those around it. In a container the path
// is often one that is not seen there, but the top is.
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

// limit reads a limit. What is more than a machine can have is none.
func limit(text string) int64 {
	n, err := strconv.ParseInt(strings.TrimSpace(text), 10, 64)
	if err != nil || n >= 1<<60 {
		return 0
	}
	return n
}

// lower returns the lower of two limits, of which 0 is none.
func lower(a, b int64) int64 {
	if a == 0 || b != 0 && b < a {
		return b
	}
	return a
}
