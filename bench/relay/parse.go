package relay

import (
	"encoding/binary"
	"errors"
)

// The bytes of a frame that matter here: tags of org.xlattice.pzog.
const (
	dataTag     = 3<<3 | 2
	okTag       = 4<<3 | 2
	wrappingTag = 1 << 3
	idTag       = 2 << 3
	textTag     = 3<<3 | 2
	okIDTag     = 1 << 3
	copiesTag   = 2 << 3
)

// maxFrame is the longest frame with its length, in bytes: a length has at most two.
const maxFrame = 1<<14 + 1

// errFrame says that bytes are no frame that a relay knows.
var errFrame = errors.New("not a frame of this relay")

// data is a Data frame, as far as a relay looks at it. Its slices alias the buffer.
type data struct {
	wrapping *byte // to be patched
	id       uint64
	text     []byte // with CRLF
}

// next finds the frame at the front of buf, and returns how many bytes it takes: 0
// where buf has only a part of one.
func next(buf []byte, d *data) (int, error) {
	if len(buf) < 2 {
		return 0, nil
	}
	length, at := int(buf[0]), 1
	if length >= 0x80 {
		length, at = length&0x7f|int(buf[1])<<7, 2
		if buf[1] >= 0x80 {
			return 0, errFrame
		}
	}
	end := at + length
	if len(buf) < end {
		return 0, nil
	}
	inner, ok := body(buf[at:end:end])
	if !ok || len(inner) < 4 || inner[0] != wrappingTag || inner[1] >= 0x80 || inner[2] != idTag {
		return 0, errFrame
	}
	d.wrapping = &inner[1]
	id, n := binary.Uvarint(inner[3:])
	if n <= 0 {
		return 0, errFrame
	}
	d.id = id
	d.text, ok = blob(inner[3+n:], textTag)
	if !ok || len(d.text) < 2 || d.text[len(d.text)-2] != '\r' || d.text[len(d.text)-1] != '\n' {
		return 0, errFrame
	}
	return end, nil
}

// body returns what is in the one field of a frame.
func body(frame []byte) ([]byte, bool) { return blob(frame, dataTag) }

// blob returns the bytes of the field that fills buf to its end.
func blob(buf []byte, tag byte) ([]byte, bool) {
	if len(buf) < 2 || buf[0] != tag {
		return nil, false
	}
	length, at := int(buf[1]), 2
	if length >= 0x80 {
		if len(buf) < 3 || buf[2] >= 0x80 {
			return nil, false
		}
		length, at = length&0x7f|int(buf[2])<<7, 3
	}
	return buf[at:], len(buf)-at == length
}

// appendData appends a Data frame. text comes without CRLF, which is added.
func appendData[Text string | []byte](dst []byte, id uint64, text Text) []byte {
	blob := len(text) + 2
	inner := 2 + 1 + size(id) + 1 + size(uint64(blob)) + blob
	dst = binary.AppendUvarint(dst, uint64(1+size(uint64(inner))+inner))
	dst = binary.AppendUvarint(append(dst, dataTag), uint64(inner))
	dst = append(dst, wrappingTag, 0, idTag)
	dst = binary.AppendUvarint(dst, id)
	dst = binary.AppendUvarint(append(dst, textTag), uint64(blob))
	return append(append(dst, text...), '\r', '\n')
}

// appendOk appends an Ok frame for all up to id.
func appendOk(dst []byte, id uint64, copies int) []byte {
	inner := 1 + size(id) + 1 + size(uint64(copies))
	dst = append(dst, byte(2+inner), okTag, byte(inner), okIDTag) // inner is 22 at most
	dst = binary.AppendUvarint(dst, id)
	return binary.AppendUvarint(append(dst, copiesTag), uint64(copies))
}

// lastOk returns the id of the last whole Ok frame in buf, 0 if there is none, and
// how many bytes the whole ones take.
func lastOk(buf []byte) (id uint64, used int, err error) {
	for len(buf)-used > 3 {
		rest := buf[used:]
		end := 1 + int(rest[0])
		if len(rest) < end {
			break
		}
		if rest[1] != okTag || int(rest[2]) != end-3 || rest[3] != okIDTag {
			return 0, 0, errFrame
		}
		n := 0
		if id, n = binary.Uvarint(rest[4:end]); n <= 0 {
			return 0, 0, errFrame
		}
		used += end
	}
	return id, used, nil
}

// size is how many bytes v takes as a varint.
func size(v uint64) int {
	n := 1
	for ; v >= 0x80; v >>= 7 {
		n++
	}
	return n
}
