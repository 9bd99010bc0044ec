package config

import (
	"fmt"
	"strings"
)

// Error is what is wrong with a ring file, and where. It always prints as one
// line, so that it can stand in a log or under a prompt as it is.
type Error struct {
	File    string // the name given to Parse; empty from Validate
	Line    int    // from 1; 0 if the fault is in what is not there
	Column  int    // from 1, in characters
	Key     string // such as hosts[2].address, the first host being hosts[0]; may be empty
	Message string
}

// Error returns file:line:column: key: message, without the parts not known.
func (e *Error) Error() string {
	var b strings.Builder
	if e.File != "" {
		b.WriteString(e.File)
		if e.Line > 0 {
			fmt.Fprintf(&b, ":%d:%d", e.Line, e.Column)
		}
		b.WriteString(": ")
	}
	if e.Key != "" {
		b.WriteString(e.Key + ": ")
	}
	b.WriteString(e.Message)
	return b.String()
}

// faultf makes the error of a value, its place not yet known.
func faultf(key, format string, args ...any) *Error {
	return &Error{Key: key, Message: fmt.Sprintf(format, args...)}
}
