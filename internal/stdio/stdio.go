// Package stdio writes to the standard streams of a process without depending on
// whoever reads them. A reader may be slow, may have stopped reading, or may be
// gone.
//
// [Diagnostics] is for standard error: it never blocks, and drops and counts what
// cannot be written. [Results] is for standard output: it drops nothing, and says
// when the reader is gone or has stopped reading.
//
// A process that uses them must ignore SIGPIPE: otherwise the Go runtime ends it at
// the first write to a closed pipe.
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

// FlushWithin is how long a result, and the end of a process, may be delayed by a
// reader of standard error that does not read.
const FlushWithin = 500 * time.Millisecond
