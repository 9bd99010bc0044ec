package main

import (
	"fmt"

	"xlattice.org/zog/internal/inspect"
)

// reading says how much of some directories has been read. Those that are
// compared are read twice, and where they differ again.
func reading(dirs []*inspect.Dir) func() string {
	all := int64(0)
	for _, d := range dirs {
		size, _ := d.Size() // what cannot be read is found when it is
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
