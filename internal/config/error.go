package config

import (
	"fmt"
	"strings"
)

// Error is a fault in a ring file. Its text is one line.
type Error struct {
	File    string // the name given to Parse; empty from Validate
	Line    int    // from 1; 0 if the fault is something missing
	Column  int    // from 1, in characters
	Key     string // such as hosts[2].address, counted from 0; may be empty
	Message string
}

// Error returns file:line:column: key: message, without the parts that are not known.
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

// faultf returns an Error without a position.
func faultf(key, format string, args ...any) *Error {
	return &Error{Key: key, Message: fmt.Sprintf(format, args...)}
}
