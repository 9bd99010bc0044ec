// Package stdio writes to the standard streams of a process so that a slow, stuck
// or closed reader does no harm.
//
// [Diagnostics] is for standard error: it never blocks; lines that cannot be
// written are dropped and counted. [Results] is for standard output: it drops
// nothing, and reports that the reader is gone or does not read.
//
// The process must ignore SIGPIPE: otherwise the Go runtime ends it at the first
// write to a closed pipe.
package stdio

import (
	"io"
	"time"
)

// File is an open file, as os.Stdout and os.Stderr are.
type File interface {
	io.Writer
	Fd() uintptr
}

// FlushWithin is how long a result, and the end of a process, may be delayed for a
// reader of standard error that does not read.
const FlushWithin = 500 * time.Millisecond
