package client

import (
	"strconv"

	"xlattice.org/zog/internal/frame"
	"xlattice.org/zog/internal/record"
)

// ID is the identity of a message: the logs of all hosts have it under this one. The zero ID is
// none.
type ID struct {
	Origin string // the name of the host that took the message
	Boot   uint64 // which run of that host, from 1
	Seq    uint64 // which message of the run, from 1
}

// String returns the identity as it is in a line of access.log, such as MV.516ogpwa.1 with Boot in
// base 36, or the empty string for none.
func (id ID) String() string {
	if id == (ID{}) {
		return ""
	}
	return id.Origin + "." + strconv.FormatUint(id.Boot, 36) + "." + strconv.FormatUint(id.Seq, 10)
}

// MarshalText returns what String does. The error is nil.
func (id ID) MarshalText() ([]byte, error) { return []byte(id.String()), nil }

// behind returns the identity n messages behind id in its run.
func (id ID) behind(n int) ID {
	if id.Seq > 0 {
		id.Seq += uint64(n)
	}
	return id
}

// firstAnswered returns the identity of the first of n messages that an Ok answers, or none if the
// Ok has none that a message can have. It is text of the host, and is shown to people.
func firstAnswered(ok *frame.Ok, n int) ID {
	if ok.Seq < uint64(n) || ok.Seq > record.MaxSeq || !record.ValidRun(ok.Origin, ok.Boot) {
		return ID{}
	}
	return ID{Origin: ok.Origin, Boot: ok.Boot, Seq: ok.Seq - uint64(n) + 1}
}
