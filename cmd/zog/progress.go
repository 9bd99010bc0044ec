package main

import (
	"fmt"

	"xlattice.org/zog/internal/inspect"
)

// readProgress returns a function that says how much of the directories was read. If they
// are compared, they are read twice, and again where they differ.
func readProgress(dirs []*inspect.Dir) func() string {
	all := int64(0)
	for _, d := range dirs {
		size, _ := d.Size() // an error here occurs again when the directory is read
		all += size
	}
	if len(dirs) > 1 {
		all *= 2
	}
	return func() string {
		read := int64(0)
		for _, d := range dirs {
			read += d.Progress()
		}
		if read > all {
			return "reading again where they differ, " + megabytes(read)
		}
		return fmt.Sprintf("read %s of %s", megabytes(read), megabytes(all))
	}
}

func megabytes(n int64) string { return fmt.Sprintf("%.1f MB", float64(n)/1e6) }
