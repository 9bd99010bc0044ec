package actors

import "errors"

// violation is what is wrong with frames that can be decoded.
type violation string

func (v violation) Error() string { return string(v) }

// mismatch is a violation by a side that speaks another protocol, or that does not trust this host or is not
// trusted. It goes on at each dial until somebody changes a file, so that error.log counts it.
type mismatch struct{ violation }

func (m mismatch) Unwrap() error { return m.violation }

// Violations on connections of both kinds.
const (
	errAnswer violation = "an answer from the dialling side"
	errName   violation = "name does not fit the address"
)

// Reasons to end a connection that are no fault of the other side.
var (
	errSilent    = errors.New("silent for too long")
	errStopped   = errors.New("stopped")
	errStorage   = errors.New("the host cannot write its log")
	errBatchLost = errors.New("a batch before this one was lost")
)
