package frame

import (
	"bytes"
	"math"
	"slices"

	"google.golang.org/protobuf/encoding/protowire"
)

// Row is a row of Data frames that follow each other: they differ in nothing but
// text, id, seq and number, of which these three count up. Messages nearly always
// come so, and then a frame need not be encoded, or decoded, field by field: but for
// the text its bytes are known beforehand. One who sends appends them, and one who
// receives looks whether they came:
//
//	r := frame.NewRow(&data)     // the first of the row
//	buf = r.Append(buf, text)    // is written, and the ones behind it
//
//	frame.Decode(body, &f)       // the first of the row came
//	r := frame.NewRow(&f.Data)
//	r.Advance()
//	text, n, ok := r.Next(buf)   // is this the one behind it?
//
// A Row takes no memory but its own, and keeps nothing of what it was made from. The
// zero Row has no frames.
type Row struct {
	data Data // the next frame; of Text and Origin nothing
	bare bool // without an Origin
	// What stands before and behind the text, and the counters in it.
	head, tail      part
	id, seq, number counter
	mid             part // of tail, what stands before the seq
}

// part is a piece of a frame, long enough for what a zog makes.
type part struct {
	bytes [128]byte
	n     int
}

func (p *part) get() []byte { return p.bytes[:p.n] }

func (p *part) varint(tag byte, v uint64) { p.n = len(appendVarint(p.get(), tag, v)) }

// counter is where a varint that counts up stands in a part. Without length it does
// not stand there, or does not count.
type counter struct{ from, n int }

// count appends a varint that counts up.
func (p *part) count(tag byte, v uint64) counter {
	p.varint(tag, v)
	if v == 0 {
		return counter{}
	}
	n := protowire.SizeVarint(v)
	return counter{p.n - n, n}
}

// up counts up. It is false if the varint has to get longer for it.
func (c counter) up(p *part) bool {
	for i := c.from; i < c.from+c.n; i++ {
		if p.bytes[i]&0x7f != 0x7f {
			p.bytes[i]++
			return true
		}
		p.bytes[i] &= 0x80
	}
	return false
}

// maxRowOrigin is the longest origin that fits into a Row, in bytes. No host has a
// longer name.
const maxRowOrigin = 32

// NewRow returns the Row of which d is the first frame; its text is passed over. If
// its Origin is too long for a host's name, that is the zero Row.
func NewRow(d *Data) Row {
	if len(d.Origin) > maxRowOrigin {
		return Row{}
	}
	r := Row{data: *d, bare: len(d.Origin) == 0}
	r.data.Text, r.data.Origin = nil, nil
	r.mid.varint(tagMinCopies, uint64(d.MinCopies))
	r.mid.n = len(appendBytes(r.mid.get(), tagOrigin, d.Origin))
	r.mid.varint(tagBoot, d.Boot)
	r.encode()
	return r
}

// encode makes the parts anew.
func (r *Row) encode() {
	d := &r.data
	r.head.n = 0
	r.head.varint(tagWrapping, uint64(d.Wrapping))
	r.id = r.head.count(tagID, d.ID)
	r.tail.n = copy(r.tail.bytes[:], r.mid.get())
	r.seq = r.tail.count(tagSeq, d.Seq)
	r.tail.varint(tagTimeMS, uint64(d.TimeMS))
	r.tail.varint(tagTimeoutMS, uint64(d.TimeoutMS))
	if d.Session != 0 {
		r.tail.n = len(protowire.AppendFixed64(append(r.tail.get(), tagSession), d.Session))
	}
	r.number = r.tail.count(tagNumber, d.Number)
}

// Advance goes on to the next frame.
func (r *Row) Advance() {
	d := &r.data
	if d.ID == 0 || d.ID == math.MaxUint64 || d.Seq == math.MaxUint64 || d.Session != 0 && d.Number == math.MaxUint64 {
		*r = Row{} // what counts up does not go round
		return
	}
	d.ID++
	same := r.id.up(&r.head)
	if d.Seq != 0 {
		d.Seq++
		same = r.seq.up(&r.tail) && same
	}
	if d.Session != 0 {
		d.Number++
		same = r.number.up(&r.tail) && same
	}
	if !same {
		r.encode()
	}
}

// Append appends the next frame with the text given, which is not empty, and goes on
// to the one behind it.
func (r *Row) Append(dst, text []byte) []byte {
	inner := r.head.n + bytesSize(len(text)) + r.tail.n
	dst = slices.Grow(dst, 2*maxPrefix+inner)
	dst = appendHeader(dst, DataKind, inner)
	dst = append(dst, r.head.get()...)
	dst = append(dst, tagText)
	dst = protowire.AppendVarint(dst, uint64(len(text)))
	dst = append(dst, text...)
	dst = append(dst, r.tail.get()...)
	r.Advance()
	return dst
}

// Is tells whether d is the next frame, whatever its text. One with an Origin is not.
func (r *Row) Is(d *Data) bool {
	n := &r.data
	return n.ID != 0 && r.bare && len(d.Origin) == 0 && d.ID == n.ID && d.Seq == n.Seq && d.Number == n.Number &&
		d.Session == n.Session && d.Wrapping == n.Wrapping && d.MinCopies == n.MinCopies && d.TimeoutMS == n.TimeoutMS &&
		d.Boot == n.Boot && d.TimeMS == n.TimeMS
}

// Next returns the text of the frame at the front of buf, which it aliases, and the
// number of bytes that the frame takes, if it is the next of the row. What it does not
// know is not for it to judge: ok is false then, and Split and Decode have to be asked.
func (r *Row) Next(buf []byte) (text []byte, n int, ok bool) {
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
