package ringtest

import (
	"fmt"
	"time"
)

// A request of a test that makes no sense ends the test at that line: a fault that can never fire
// shows nothing.

// fatal ends the test.
func (r *Ring) fatal(format string, args ...any) {
	r.t.Helper()
	r.t.Fatalf("ringtest: "+format, args...)
}

// require ends the test if there is an error.
func (r *Ring) require(err error) {
	r.t.Helper()
	if err != nil {
		r.fatal("%v", err)
	}
}

// atLeast ends the test if a value is less than the least allowed.
func atLeast[T ~int | ~int64](r *Ring, what string, value, least T) {
	r.t.Helper()
	if value < least {
		r.fatal("%s is %v: it is %v or more", what, value, least)
	}
}

// positive ends the test unless a duration is more than 0.
func (r *Ring) positive(what string, d time.Duration) {
	r.t.Helper()
	if d <= 0 {
		r.fatal("%s is %v: it is more than 0", what, d)
	}
}

// requireOf ends the test unless When.Of is empty or names the only type that a fault can have.
func (r *Ring) requireOf(when When, only string) {
	r.t.Helper()
	if when.Of != "" && when.Of != only {
		r.require(fmt.Errorf("When.Of is %q: this fault is for each %s, and it may be empty", when.Of, only))
	}
}
