package cli

import (
	"os"

	"golang.org/x/term"
)

// descriptor is what has a file descriptor: an *os.File, and the streams of package stdio.
type descriptor interface{ Fd() uintptr }

// IsTerminal reports whether there is a person at the other end of a stream.
func IsTerminal(stream any) bool {
	f, ok := stream.(descriptor)
	return ok && term.IsTerminal(int(f.Fd()))
}

// CanErase reports whether a stream is a terminal that understands control sequences.
func CanErase(stream any) bool {
	kind := os.Getenv("TERM")
	return IsTerminal(stream) && kind != "" && kind != "dumb"
}
