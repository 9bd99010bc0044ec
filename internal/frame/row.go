package frame

import (
	"bytes"
	"slices"
)

// RowEncoder encodes messages as Data frames. Messages that follow each other, and differ
// only in text, id, seq and number, the last three counting up, go into one frame: the first
// one in full, and of the others the texts.
//
//	var r frame.RowEncoder
//	buf = r.Append(buf, &first)
//	buf = r.Append(buf, &second) // often only its text
//	buf = r.End(buf)             // before another frame is appended, and before buf is sent
//
// It does not allocate, and keeps no reference to the messages or to the buffer, which must
// be the same until End. The zero RowEncoder is ready for use.
type RowEncoder struct {
	open   bool // a frame is begun, at start
	start  int
	next   Data // what the next message in this frame is, without Text and Origin
	origin span // the origin of the frame, in the buffer
}

// span is a part of a buffer.
type span struct{ from, to int }

// What Append leaves for the header of a frame, in bytes: the length of the body, and of the body
// a tag and a length. That is what the longest row needs.
const (
	lengthRoom = 2
	headerRoom = lengthRoom + 1 + 2
)

// Append appends a message: to the frame that is open, if it fits, or as a frame of its own.
// It ignores d.More.
func (r *RowEncoder) Append(dst []byte, d *Data) []byte {
	if r.open && r.follows(dst, d) {
		dst = appendText(dst, tagMore, d.Text)
	} else {
		dst = r.begin(r.End(dst), d)
	}
	if r.next.counts(1) {
		r.next.Advance()
	} else {
		r.next.ID = 0 // no message has this id, so none follows
	}
	return dst
}

// follows reports whether d can be the next message of the open frame.
func (r *RowEncoder) follows(dst []byte, d *Data) bool {
	n := &r.next
	return n.ID != 0 && d.ID == n.ID && d.Seq == n.Seq && d.Number == n.Number && d.Session == n.Session && d.Wrapping == n.Wrapping &&
		d.MinCopies == n.MinCopies && d.TimeoutMS == n.TimeoutMS && d.Boot == n.Boot && d.TimeMS == n.TimeMS &&
		bytes.Equal(d.Origin, dst[r.origin.from:r.origin.to]) &&
		len(dst)-r.start-lengthRoom+1+Prefix(len(d.Text))+len(d.Text) <= ClientLimit
}

func (r *RowEncoder) begin(dst []byte, d *Data) []byte {
	r.open, r.start = true, len(dst)
	r.next = Data{
		Wrapping: d.Wrapping, ID: d.ID, MinCopies: d.MinCopies, Boot: d.Boot, Seq: d.Seq, TimeMS: d.TimeMS,
		TimeoutMS: d.TimeoutMS, Session: d.Session, Number: d.Number,
	}
	dst = append(dst, make([]byte, headerRoom)...)
	dst = appendVarint(dst, tagWrapping, uint64(d.Wrapping))
	dst = appendVarint(dst, tagID, d.ID)
	dst = appendBytes(dst, tagText, d.Text)
	dst = appendVarint(dst, tagMinCopies, uint64(d.MinCopies))
	dst = appendBytes(dst, tagOrigin, d.Origin)
	r.origin = span{len(dst) - len(d.Origin), len(dst)}
	dst = appendVarint(dst, tagBoot, d.Boot)
	dst = appendVarint(dst, tagSeq, d.Seq)
	dst = appendVarint(dst, tagTimeMS, uint64(d.TimeMS))
	dst = appendVarint(dst, tagTimeoutMS, uint64(d.TimeoutMS))
	dst = appendFixed64(dst, tagSession, d.Session)
	return appendVarint(dst, tagNumber, d.Number)
}

// End writes the header of the frame that is open, if there is one.
func (r *RowEncoder) End(dst []byte) []byte {
	if !r.open {
		return dst
	}
	r.open = false
	var buf [2*maxPrefix + 1]byte
	header := appendHeader(buf[:0], DataKind, len(dst)-r.start-headerRoom)
	return slices.Replace(dst, r.start, r.start+headerRoom, header...)
}
