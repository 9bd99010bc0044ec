package frame

import (
	"math"

	"google.golang.org/protobuf/encoding/protowire"
)

// counts reports whether id, seq and number can count up n times.
func (d *Data) counts(n int) bool {
	most := math.MaxUint64 - uint64(n)
	return d.ID <= most && d.Seq <= most && (d.Session == 0 || d.Number <= most)
}

// Advance sets the id, seq and number of the message that follows d in a row. A seq of 0, and
// the number without a session, do not count up.
func (d *Data) Advance() {
	d.ID++
	if d.Seq != 0 {
		d.Seq++
	}
	if d.Session != 0 {
		d.Number++
	}
}

// Next makes d the next message of its frame. It returns false if d is the last one.
func (d *Data) Next() bool {
	if d.More.n == 0 {
		return false
	}
	d.Text = d.More.next()
	d.Advance()
	return true
}

// Texts is the texts of the messages that follow the first one in a Data, as they came.
type Texts struct {
	fields []byte // begins with the first one that next has not returned
	n      int
}

// Len returns the number of texts that are left.
func (t *Texts) Len() int { return t.n }

// next takes the first text off. There must be one.
func (t *Texts) next() []byte {
	for {
		tag := 1
		if t.fields[0] != tagMore { // another field, or a tag with leading zeros
			num, typ, n := protowire.ConsumeTag(t.fields)
			if num != protowire.Number(tagMore>>3) || typ != protowire.BytesType {
				t.fields = t.fields[n+protowire.ConsumeFieldValue(num, typ, t.fields[n:]):]
				continue
			}
			tag = n
		}
		text, n := consumeText(t.fields[tag:])
		t.fields = t.fields[tag+n:]
		t.n--
		return text
	}
}

// consumeText is protowire.ConsumeBytes, and faster for short texts.
func consumeText(b []byte) (text []byte, n int) {
	if len(b) > 0 && b[0] < 0x80 && int(b[0]) < len(b) {
		n = 1 + int(b[0])
		return b[1:n:n], n
	}
	return protowire.ConsumeBytes(b)
}
