package cli

import (
	"os"

	"golang.org/x/term"
)

// descriptor has a file descriptor, as an *os.File and the streams of package stdio do.
type descriptor interface{ Fd() uintptr }

// IsTerminal reports whether a stream is a terminal.
func IsTerminal(stream any) bool {
	f, ok := stream.(descriptor)
	return ok && term.IsTerminal(int(f.Fd()))
}

// CanErase reports whether a stream is a terminal that understands control sequences.
func CanErase(stream any) bool {
	kind := os.Getenv("TERM")
	return IsTerminal(stream) && kind != "" && kind != "dumb"
}

// ShowsColours reports whether a stream is a terminal that shows colours, and NO_COLOR is not set
// (https://no-color.org).
func ShowsColours(stream any) bool { return CanErase(stream) && os.Getenv("NO_COLOR") == "" }
