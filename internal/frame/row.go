package frame

import (
	"bytes"
	"math"
	"slices"

	"google.golang.org/protobuf/encoding/protowire"
)

// RowCodec is a row of Data frames that follow each other: they differ in nothing but
// text, id, seq and number, of which these three count up. Messages nearly always
// come so, and then a frame need not be encoded, or decoded, field by field: but for
// the text its bytes are known beforehand. One who sends appends them, and one who
// receives looks whether they came:
//
//	r := frame.NewRowCodec(&data)     // the first of the row
//	buf = r.Append(buf, text)    // is written, and the ones behind it
//
//	frame.Decode(body, &f)       // the first of the row came
//	r := frame.NewRowCodec(&f.Data)
//	r.Advance()
//	text, n, ok := r.Next(buf)   // is this the one behind it?
//
// A RowCodec takes no memory but its own, and keeps nothing of what it was made from. The
// zero RowCodec has no frames.
type RowCodec struct {
	data Data // the frame that the parts were made of; of Text and Origin nothing
	bare bool // without an Origin
	// How many frames behind that one the next is, and how many more may go by before
	// a counter needs another byte.
	steps, left uint64
	// What stands before and behind the text, and the counters in it.
	head, tail      part
	id, seq, number counter
	mid             part // of tail, what stands before the seq
}

// part is a piece of a frame, with room for the longest that a RowCodec has.
type part struct {
	bytes [partSize]byte
	n     int
}

const (
	partSize = 2 * partHalf
	partHalf = 64
)

func (p *part) get() []byte { return p.bytes[:p.n] }

// put copies a part to the front of b, which has partSize bytes. What is copied is of
// a constant size, and more than the part: that is cheaper than to count.
func (p *part) put(b []byte) int {
	*(*[partHalf]byte)(b) = [partHalf]byte(p.bytes[:])
	if p.n > partHalf {
		*(*[partHalf]byte)(b[partHalf:]) = [partHalf]byte(p.bytes[partHalf:])
	}
	return p.n
}

func (p *part) varint(tag byte, v uint64) { p.n = len(appendVarint(p.get(), tag, v)) }

// counter is a varint that counts up, and where it begins in a part; that is 0 if it
// is not there, or does not count.
type counter struct{ from int }

// count appends a varint that counts up. It returns how often it may do so before it
// needs another byte; one that is 0 has none.
func (p *part) count(tag byte, v uint64) (c counter, left uint64) {
	p.varint(tag, v)
	if v == 0 {
		return counter{}, 0
	}
	n := protowire.SizeVarint(v)
	return counter{p.n - n}, math.MaxUint64>>max(0, 64-7*n) - v
}

// up counts up.
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

// maxRowOrigin is the longest origin that fits into a RowCodec, in bytes. No host has a
// longer name.
const maxRowOrigin = 32

// NewRowCodec returns the RowCodec of which d is the first frame; its text is passed over. If
// its Origin is too long for a host's name, that is the zero RowCodec.
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

// encode makes the parts anew.
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

// renew goes on to the next frame where a counter needs another byte for it.
func (r *RowCodec) renew() {
	id, seq, number := r.counters()
	d := &r.data
	if id == 0 || id == math.MaxUint64 || seq == math.MaxUint64 || d.Session != 0 && number == math.MaxUint64 {
		*r = RowCodec{} // what counts up does not go round
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

// counters returns what the next frame has of those that count up.
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

// Append appends the next frame with the text given, which is not empty, and goes on
// to the one behind it. There must be one.
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

// putLength writes a varint to the front of b, and returns how many bytes it takes.
func putLength(b []byte, v int) (n int) {
	for ; v >= 0x80; n++ {
		b[n] = byte(v) | 0x80
		v >>= 7
	}
	b[n] = byte(v)
	return n + 1
}

// Matches tells whether d is the next frame, whatever its text. One with an Origin is not.
func (r *RowCodec) Matches(d *Data) bool {
	id, seq, number := r.counters()
	n := &r.data
	return id != 0 && r.bare && len(d.Origin) == 0 && d.ID == id && d.Seq == seq && d.Number == number &&
		d.Session == n.Session && d.Wrapping == n.Wrapping && d.MinCopies == n.MinCopies && d.TimeoutMS == n.TimeoutMS &&
		d.Boot == n.Boot && d.TimeMS == n.TimeMS
}

// Next returns the text of the frame at the front of buf, which it aliases, and the
// number of bytes that the frame takes, if it is the next of the row. What it does not
// know is not for it to judge: ok is false then, and Split and Decode have to be asked.
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

// short reads a minimal varint of one or two bytes; n is 0 if it is another, or cut
// off.
func short(b []byte) (v, n int) {
	switch {
	case len(b) > 0 && b[0] < 0x80:
		return int(b[0]), 1
	case len(b) > 1 && b[1] < 0x80 && b[1] > 0:
		return int(b[0]&0x7f) | int(b[1])<<7, 2
	}
	return 0, 0
}
