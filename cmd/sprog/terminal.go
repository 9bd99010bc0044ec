package main

// palette adds colours to statuses if it is true.
type palette bool

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
