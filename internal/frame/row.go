package frame

import (
	"google.golang.org/protobuf/encoding/protowire"

	"xlattice.org/zog/internal/row"
)

// Row encodes the Data frames of messages that follow each other: they differ in
// nothing but text, id, seq and number, of which these three count up. What they
// have in common is encoded once. Make one with NewRow.
type Row struct {
	id, seq, number   uint64 // of the next frame
	named             bool   // there is a number
	before, mid, last part
}

// part is bytes that are the same in each frame: of a host's name and a varint at the
// most.
type part struct {
	bytes [40]byte
	n     int
}

func (p *part) varint(tag byte, v uint64) { p.n = len(appendVarint(p.bytes[:p.n], tag, v)) }

// NewRow returns the Row that begins with the message of h, under an id and with a
// wrapping. It keeps nothing of h. The Origin is the name of a host.
func NewRow(h *row.Head, id uint64, wrapping uint32) Row {
	r := Row{id: id, seq: h.Seq, number: h.Number, named: h.Session != 0}
	r.before.varint(tagWrapping, uint64(wrapping))
	r.mid.bytes[0], r.mid.bytes[1] = tagOrigin, byte(len(h.Origin))
	r.mid.n = 2 + copy(r.mid.bytes[2:], h.Origin)
	r.mid.varint(tagBoot, h.Boot)
	r.last.varint(tagTimeMS, uint64(h.Time*1000))
	if h.Session != 0 {
		r.last.n = len(protowire.AppendFixed64(append(r.last.bytes[:r.last.n], tagSession), h.Session))
	}
	return r
}

// Append appends the next frame, with the text given.
func (r *Row) Append(dst, text []byte) []byte {
	inner := r.before.n + varintSize(r.id) + bytesSize(len(text)) + r.mid.n + varintSize(r.seq) + r.last.n
	if r.named {
		inner += varintSize(r.number)
	}
	dst = appendHeader(dst, DataKind, inner)
	dst = append(dst, r.before.bytes[:r.before.n]...)
	dst = appendVarint(dst, tagID, r.id)
	dst = appendBytes(dst, tagText, text)
	dst = append(dst, r.mid.bytes[:r.mid.n]...)
	dst = appendVarint(dst, tagSeq, r.seq)
	dst = append(dst, r.last.bytes[:r.last.n]...)
	if r.named {
		dst = appendVarint(dst, tagNumber, r.number)
		r.number++
	}
	r.id++
	r.seq++
	return dst
}
