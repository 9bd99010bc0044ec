package main

import (
	"io"
	"os"

	"xlattice.org/zog/internal/cli"
)

// palette adds colours to statuses if it is true.
type palette bool

// paletteFor returns whether a stream is a terminal that shows colours, and NO_COLOR is not
// set (https://no-color.org).
func paletteFor(w io.Writer) palette {
	return palette(cli.CanErase(w) && os.Getenv("NO_COLOR") == "")
}

func (p palette) status(s string) string {
	if !p {
		return s
	}
	colour := "\x1b[31m" // red
	switch s {
	case statusOK:
		colour = "\x1b[32m" // green
	case statusLost, statusShort:
		colour = "\x1b[33m" // yellow
	}
	return colour + s + "\x1b[0m"
}
