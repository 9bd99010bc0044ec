package actors

import "errors"

// violation is what is wrong with frames that can be decoded.
type violation string

func (v violation) Error() string { return string(v) }

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
