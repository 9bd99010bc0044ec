package actors

import "errors"

// violation says what is wrong with frames that are well formed.
type violation string

func (v violation) Error() string { return string(v) }

// Violations that are found on connections of both kinds.
const (
	errAnswer violation = "an answer from the dialling side"
	errName   violation = "name does not fit the address"
)

// Reasons to end a connection that are not the fault of the other side.
var (
	errSilent    = errors.New("silent for too long")
	errStopped   = errors.New("stopped")
	errStorage   = errors.New("the host cannot write its log")
	errBatchLost = errors.New("a batch before this one was lost")
)
