package faultnet

import (
	"bytes"

	"xlattice.org/zog/internal/frame"
)

// Event is a frame that is about to leave. What follows something that is no
// frame, on the same end, is not taken apart any more: it comes as Kind 0, as
// it was written.
type Event struct {
	Route Route
	Conn  uint64 // the number of the connection, the same at both ends
	Kind  frame.Kind
	Size  int    // in bytes, its length included
	First bool   // it is the first of its Write
	Bytes []byte // the frame with its length in front; only valid during the call
}

// Fate is what becomes of a frame. Whatever it is, the Write succeeds that had
// the frame in it.
type Fate uint8

// The fates. Behind one that ends the direction, what is left of the Write is
// lost.
const (
	Pass        Fate = iota
	Vanish           // the frame is left out; those around it are whole
	Corrupt          // its byte At is changed by xor with Mask
	CutAfter         // its first At bytes go, then the connection is reset
	ResetBefore      // the connection is reset, none of it goes
	HalfClose        // it goes, and is the last that does: the peer reads io.EOF, we read on
	FinMid           // as HalfClose, but only its first At bytes go
	Stall            // it and all behind it wait until Release
)

// Action is a Fate and its details. At counts from the first byte of the frame,
// which is that of its length, and stands for the nearest byte there is.
type Action struct {
	Fate Fate
	At   int
	Mask byte
}

// mark is something in the queue that is not bytes.
type mark uint8

const (
	none    mark = iota
	stall        // nothing passes until Release
	fin          // the direction ends in order
	reset        // the connection is reset
	closing      // the end is closed
)

// outcome is what enters the queue in the place of a frame.
type outcome struct {
	before mark
	bytes  []byte
	after  mark
}

// on returns what an action makes of a frame, which it leaves as it is.
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
