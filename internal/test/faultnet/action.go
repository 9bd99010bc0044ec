package faultnet

import (
	"bytes"

	"xlattice.org/zog/internal/frame"
)

// Event is a frame that is about to leave. After something that is not a frame, the rest of what the
// end writes is not split: each Write is an Event of Kind 0.
type Event struct {
	Route Route
	Conn  uint64 // the number of the connection, the same at both ends
	Kind  frame.Kind
	Size  int    // in bytes, its length included
	First bool   // it is the first of its Write
	Bytes []byte // the frame after its length; valid during the call only
}

// Fate says what becomes of a frame. The Write of the frame succeeds in any case.
type Fate uint8

// The fates. After one that ends the direction, the rest of the Write is lost.
const (
	Pass        Fate = iota
	Vanish           // the frame is dropped
	Corrupt          // byte At is changed by xor with Mask
	CutAfter         // the connection is reset after the first At bytes
	ResetBefore      // the connection is reset before the frame
	HalfClose        // the frame is the last: the peer reads io.EOF, the other direction stays open
	FinMid           // as HalfClose, after the first At bytes
	Stall            // the frame and all after it wait until Release
)

// Action is a Fate with its parameters. At counts from the first byte of the frame's length. If the
// frame has no such byte, At means the nearest one.
type Action struct {
	Fate Fate
	At   int
	Mask byte
}

// mark is an entry of the queue other than bytes.
type mark uint8

const (
	none    mark = iota
	stall        // nothing passes until Release
	fin          // the direction ends in order
	reset        // the connection is reset
	closing      // the end is closed
)

// outcome is what is put into the queue for a frame.
type outcome struct {
	before mark
	bytes  []byte
	after  mark
}

// on returns the outcome of an action for a frame. It does not change the frame.
func (a Action) on(b []byte) outcome {
	cut := b[:min(max(a.At, 0), len(b))]
	switch a.Fate {
	case Vanish:
		return outcome{}
	case Corrupt:
		return outcome{bytes: corrupted(b, a.At, a.Mask)}
	case CutAfter:
		return outcome{bytes: cut, after: reset}
	case ResetBefore:
		return outcome{after: reset}
	case HalfClose:
		return outcome{bytes: b, after: fin}
	case FinMid:
		return outcome{bytes: cut, after: fin}
	case Stall:
		return outcome{before: stall, bytes: b}
	default:
		return outcome{bytes: b}
	}
}

func corrupted(b []byte, at int, mask byte) []byte {
	b = bytes.Clone(b)
	if len(b) > 0 {
		b[min(max(at, 0), len(b)-1)] ^= mask
	}
	return b
}
