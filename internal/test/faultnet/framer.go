package faultnet

import (
	"google.golang.org/protobuf/encoding/protowire"

	"xlattice.org/zog/internal/frame"
)

// framer splits what is written into frames.
type framer struct {
	part []byte // the beginning of an incomplete frame
	lost bool   // something was written that is not a frame
}

// unit is a frame, or bytes that are not one. Its bytes are valid until the next feed.
type unit struct {
	bytes []byte
	kind  frame.Kind // 0 if it is no frame
}

// feed consumes bytes from the front of b, which must not be empty, and returns how many. It returns no
// unit while the frame is incomplete.
func (f *framer) feed(b []byte) (u unit, used int) {
	if f.lost {
		return unit{bytes: b}, len(b)
	}
	held := len(f.part)
	if held == 0 {
		u, used = f.split(b)
	} else {
		b = b[:min(len(b), frame.PeerLimit+frame.Prefix(frame.PeerLimit))]
		u, used = f.split(append(f.part, b...))
		used -= held
	}
	return u, used
}

// split splits a frame off. It keeps an incomplete one.
func (f *framer) split(all []byte) (u unit, used int) {
	body, n, err := frame.Split(all, frame.PeerLimit)
	if err == nil && n == 0 {
		f.part = append(f.part[:0], all...)
		return unit{}, len(all)
	}
	f.part = f.part[:0]
	kind := kindOf(body)
	if kind == 0 {
		f.lost = true
		return unit{bytes: all}, len(all)
	}
	return unit{all[:n], kind}, n
}

// kindOf returns which of the four members a frame has, or 0. It does not decode the member.
func kindOf(body []byte) frame.Kind {
	for len(body) > 0 {
		num, typ, n := protowire.ConsumeTag(body)
		if n < 0 {
			return 0
		}
		if num <= protowire.Number(frame.OkKind) {
			return member(num, typ)
		}
		size := protowire.ConsumeFieldValue(num, typ, body[n:])
		if size < 0 {
			return 0
		}
		body = body[n+size:]
	}
	return 0
}

func member(num protowire.Number, typ protowire.Type) frame.Kind {
	if typ != protowire.BytesType {
		return 0
	}
	return frame.Kind(num)
}
