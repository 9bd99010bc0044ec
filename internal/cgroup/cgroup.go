// Package cgroup finds the control groups of Linux that this process is in, if any, and their
// memory limit: those of a container, or of a service with MemoryMax. root is always the root of
// the file system of the machine.
package cgroup

import (
	"io/fs"
	"iter"
	"path"
	"strconv"
	"strings"
)

// Groups yields the groups of this process, each with its controllers: one group, without any,
// in version 2, and one for each hierarchy in version 1. It yields none if they cannot be read.
func Groups(root fs.FS) iter.Seq2[string, string] {
	return func(yield func(controllers, group string) bool) {
		groups, err := fs.ReadFile(root, "proc/self/cgroup")
		if err != nil {
			return
		}
		for line := range strings.Lines(string(groups)) {
			parts := strings.SplitN(strings.TrimSpace(line), ":", 3) // number, controllers, path
			if len(parts) == 3 && !yield(parts[1], parts[2]) {
				return
			}
		}
	}
}

// Texts yields the text of a file in a group, and in the groups around it up to the top, as far
// as they have it. In a container the path of the group often does not exist, but the top does.
func Texts(root fs.FS, top, group, file string) iter.Seq[string] {
	return func(yield func(string) bool) {
		for group = path.Clean("/" + group); ; group = path.Dir(group) {
			text, err := fs.ReadFile(root, path.Join(top, group, file))
			if err == nil && !yield(string(text)) || group == "/" {
				return
			}
		}
	}
}

// MemoryLimit returns the lowest limit, in bytes, of the control group of this process and the
// groups around it, or 0 if there is none or it cannot be read.
func MemoryLimit(root fs.FS) int64 {
	least := int64(0)
	for controllers, group := range Groups(root) {
		top, file := "sys/fs/cgroup", "memory.max"
		switch controllers {
		case "":
		case "memory":
			top, file = "sys/fs/cgroup/memory", "memory.limit_in_bytes"
		default:
			continue
		}
		for text := range Texts(root, top, group, file) {
			least = lower(least, limit(text))
		}
	}
	return least
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
