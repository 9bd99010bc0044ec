package frame

import (
	"bytes"
	"math"
	"slices"

	"google.golang.org/protobuf/encoding/protowire"
)

// RowCodec encodes and decodes Data frames that follow each other: they differ only in
// text, id, seq and number, and the last three count up. Messages mostly come so. Then a
// frame need not be encoded or decoded field by field, because all its bytes but the text
// are known beforehand. A sender appends these bytes, and a receiver compares them:
//
//	r := frame.NewRowCodec(&data)    // the first frame
//	buf = r.Append(buf, text)        // encodes it, and then those after it
//
//	frame.Decode(body, &f)           // the first frame came
//	r := frame.NewRowCodec(&f.Data)
//	r.Advance()
//	text, n, ok := r.Next(buf)       // is this the one after it?
//
// A RowCodec does not allocate, and keeps no reference to the Data. The zero RowCodec has
// no frames.
type RowCodec struct {
	data Data // the frame that the parts were made from, without Text and Origin
	bare bool // it has no Origin
	// The next frame is steps after that one. left more may follow before a counter needs
	// another byte.
	steps, left uint64
	// What is before and after the text, and the counters in it.
	head, tail      part
	id, seq, number counter
	mid             part // the part of tail before the seq
}

// part is a part of a frame, with room for the longest that a RowCodec has.
type part struct {
	bytes [partSize]byte
	n     int
}

const (
	partSize = 2 * partHalf
	partHalf = 64
)

func (p *part) get() []byte { return p.bytes[:p.n] }

// put copies a part to the front of b, which has at least partSize bytes. It copies a
// constant number of bytes, often more than the part has: that is faster than the exact
// length.
func (p *part) put(b []byte) int {
	*(*[partHalf]byte)(b) = [partHalf]byte(p.bytes[:])
	if p.n > partHalf {
		*(*[partHalf]byte)(b[partHalf:]) = [partHalf]byte(p.bytes[partHalf:])
	}
	return p.n
}

func (p *part) varint(tag byte, v uint64) { p.n = len(appendVarint(p.get(), tag, v)) }

// counter is a varint that counts up. from is its index in a part, or 0 if it does not
// count.
type counter struct{ from int }

// count appends a varint that counts up. It returns how often it may do so before it needs
// another byte. A value of 0 is not encoded and does not count.
func (p *part) count(tag byte, v uint64) (c counter, left uint64) {
	p.varint(tag, v)
	if v == 0 {
		return counter{}, 0
	}
	n := protowire.SizeVarint(v)
	return counter{p.n - n}, math.MaxUint64>>max(0, 64-7*n) - v
}

// up increments the counter in p.
func (c counter) up(p *part) {
	if c.from == 0 {
		return
	}
	for i := c.from; ; i++ {
		if b := &p.bytes[i]; *b&0x7f != 0x7f {
			*b++
			return
		}
		p.bytes[i] &= 0x80
	}
}

// maxRowOrigin is the longest origin in bytes that a RowCodec can have. The name of a host
// is not longer.
const maxRowOrigin = 32

// NewRowCodec returns the RowCodec whose next frame is d. It ignores the text of d. If the
// Origin of d is too long for the name of a host, it returns the zero RowCodec.
func NewRowCodec(d *Data) RowCodec {
	if len(d.Origin) > maxRowOrigin {
		return RowCodec{}
	}
	r := RowCodec{data: *d, bare: len(d.Origin) == 0}
	r.data.Text, r.data.Origin = nil, nil
	r.mid.varint(tagMinCopies, uint64(d.MinCopies))
	r.mid.n = len(appendBytes(r.mid.get(), tagOrigin, d.Origin))
	r.mid.varint(tagBoot, d.Boot)
	r.encode()
	return r
}

// encode makes the parts from data.
func (r *RowCodec) encode() {
	d, left := &r.data, uint64(0)
	r.steps, r.head.n, r.seq, r.number = 0, 0, counter{}, counter{}
	r.head.varint(tagWrapping, uint64(d.Wrapping))
	r.id, r.left = r.head.count(tagID, d.ID)
	r.tail.n = copy(r.tail.bytes[:], r.mid.get())
	if d.Seq != 0 {
		r.seq, left = r.tail.count(tagSeq, d.Seq)
		r.left = min(r.left, left)
	}
	r.tail.varint(tagTimeMS, uint64(d.TimeMS))
	r.tail.varint(tagTimeoutMS, uint64(d.TimeoutMS))
	if d.Session == 0 {
		r.tail.varint(tagNumber, d.Number)
		return
	}
	r.tail.n = len(protowire.AppendFixed64(append(r.tail.get(), tagSession), d.Session))
	r.number, left = r.tail.count(tagNumber, d.Number)
	r.left = min(r.left, left)
}

// Advance goes on to the next frame.
func (r *RowCodec) Advance() {
	if r.left == 0 {
		r.renew()
		return
	}
	r.left--
	r.steps++
	r.id.up(&r.head)
	r.seq.up(&r.tail)
	r.number.up(&r.tail)
}

// renew goes on to the next frame when a counter needs another byte for it.
func (r *RowCodec) renew() {
	id, seq, number := r.counters()
	d := &r.data
	if id == 0 || id == math.MaxUint64 || seq == math.MaxUint64 || d.Session != 0 && number == math.MaxUint64 {
		*r = RowCodec{} // a counter does not wrap around
		return
	}
	d.ID, d.Seq, d.Number = id, seq, number
	d.ID++
	if d.Seq != 0 {
		d.Seq++
	}
	if d.Session != 0 {
		d.Number++
	}
	r.encode()
}

// counters returns the id, seq and number of the next frame.
func (r *RowCodec) counters() (id, seq, number uint64) {
	id, seq, number = r.data.ID+r.steps, r.data.Seq, r.data.Number
	if seq != 0 {
		seq += r.steps
	}
	if r.data.Session != 0 {
		number += r.steps
	}
	return id, seq, number
}

// Append appends the next frame with text, which must not be empty, and goes on to the one
// after it. There must be a next frame.
func (r *RowCodec) Append(dst, text []byte) []byte {
	inner := r.head.n + bytesSize(len(text)) + r.tail.n
	dst = slices.Grow(dst, 2*maxPrefix+inner+partSize) // put may go that far beyond
	b, n := dst[:cap(dst)], len(dst)
	n += putLength(b[n:], 1+Prefix(inner)+inner)
	b[n] = byte(DataKind)<<3 | blob
	n++
	n += putLength(b[n:], inner)
	n += r.head.put(b[n:])
	b[n] = tagText
	n++
	n += putLength(b[n:], len(text))
	n += copy(b[n:], text)
	n += r.tail.put(b[n:])
	r.Advance()
	return b[:n]
}

// putLength writes a varint to the front of b, and returns its length in bytes.
func putLength(b []byte, v int) (n int) {
	for ; v >= 0x80; n++ {
		b[n] = byte(v) | 0x80
		v >>= 7
	}
	b[n] = byte(v)
	return n + 1
}

// Matches reports whether d is the next frame, whatever its text. It is false if either has
// an Origin.
func (r *RowCodec) Matches(d *Data) bool {
	id, seq, number := r.counters()
	n := &r.data
	return id != 0 && r.bare && len(d.Origin) == 0 && d.ID == id && d.Seq == seq && d.Number == number &&
		d.Session == n.Session && d.Wrapping == n.Wrapping && d.MinCopies == n.MinCopies && d.TimeoutMS == n.TimeoutMS &&
		d.Boot == n.Boot && d.TimeMS == n.TimeMS
}

// Next decodes the frame at the front of buf if it is the next one. It returns the text,
// which aliases buf, and the number of bytes of the frame. If ok is false, the frame may
// still be valid: the caller has to use Split and Decode.
func (r *RowCodec) Next(buf []byte) (text []byte, n int, ok bool) {
	const tag = byte(DataKind)<<3 | blob
	length, n := short(buf)
	if r.data.ID == 0 || n == 0 || length < 2 || len(buf)-n < length {
		return nil, 0, false
	}
	body := buf[n : n+length : n+length]
	n += length
	inner, p := short(body[1:])
	if body[0] != tag || p == 0 || inner != len(body)-1-p {
		return nil, 0, false
	}
	body = body[1+p:]
	rest := len(body) - r.head.n - r.tail.n
	if rest < 2 || !bytes.Equal(body[:r.head.n], r.head.get()) || !bytes.Equal(body[len(body)-r.tail.n:], r.tail.get()) {
		return nil, 0, false
	}
	body = body[r.head.n : r.head.n+rest : r.head.n+rest]
	length, p = short(body[1:])
	if body[0] != tagText || p == 0 || length != len(body)-1-p {
		return nil, 0, false
	}
	return body[1+p:], n, true
}

// short reads a minimal varint of one or two bytes. n is 0 if it is longer or incomplete.
func short(b []byte) (v, n int) {
	switch {
	case len(b) > 0 && b[0] < 0x80:
		return int(b[0]), 1
	case len(b) > 1 && b[1] < 0x80 && b[1] > 0:
		return int(b[0]&0x7f) | int(b[1])<<7, 2
	}
	return 0, 0
}
