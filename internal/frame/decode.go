package frame

import (
	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/proto"

	"xlattice.org/zog/messages/pzog"
)

// Kind says which of the four bodies a Frame has.
type Kind uint8

// The kinds, each with the number of its field in the protobuf message Frame.
const (
	KeepAlive Kind = 1
	Ack       Kind = 2
	DataKind  Kind = 3
	OkKind    Kind = 4
)

// Frame is a decoded frame: the member that Kind names is set. The others are those of an
// earlier Decode.
type Frame struct {
	Kind      Kind
	KeepAlive *pzog.KeepAlive
	Ack       *pzog.Ack
	Data      Data
	Ok        Ok
}

// Data is the body with messages: the first one, and the texts of those that follow it. Text,
// Origin and More alias the decoded buffer.
type Data struct {
	Wrapping  uint32
	ID        uint64
	Text      []byte
	MinCopies uint32
	Origin    []byte
	Boot      uint64
	Seq       uint64
	TimeMS    int64
	TimeoutMS uint32
	Session   uint64
	Number    uint64
	More      Texts
}

// Ok is the body that answers Data. Origin, Boot and Seq are the identity of the message with
// this id; Origin is empty if it has none.
type Ok struct {
	ID      uint64
	Copies  uint32
	Refusal pzog.Refusal
	Detail  string
	Origin  string
	Boot    uint64
	Seq     uint64
}

// Decode decodes one body into f. It ignores fields that it does not know. The error is
// Malformed.
func Decode(body []byte, f *Frame) error {
	f.Kind = 0
	for len(body) > 0 {
		num, typ, n := protowire.ConsumeTag(body)
		if n < 0 {
			return ErrBody
		}
		body = body[n:]
		if num > protowire.Number(OkKind) {
			if n = protowire.ConsumeFieldValue(num, typ, body); n < 0 {
				return ErrBody
			}
			body = body[n:]
			continue
		}
		inner, n := protowire.ConsumeBytes(body)
		if typ != protowire.BytesType || n < 0 {
			return ErrBody
		}
		body = body[n:]
		if f.Kind != 0 {
			return ErrTwoBodies
		}
		f.Kind = Kind(num)
		if err := f.decodeInner(inner); err != nil {
			return err
		}
	}
	if f.Kind == 0 {
		return ErrNoBody
	}
	return nil
}

func (f *Frame) decodeInner(inner []byte) error {
	switch f.Kind {
	case DataKind:
		return decodeData(inner, &f.Data)
	case OkKind:
		return decodeOk(inner, &f.Ok)
	case KeepAlive:
		f.KeepAlive = new(pzog.KeepAlive)
		return unmarshal(inner, f.KeepAlive)
	default:
		f.Ack = new(pzog.Ack)
		return unmarshal(inner, f.Ack)
	}
}

func unmarshal(b []byte, m proto.Message) error {
	if proto.Unmarshal(b, m) != nil {
		return ErrBody
	}
	return nil
}

// A tag on the wire is field<<3 | wire type.
const (
	varint = byte(protowire.VarintType)
	eight  = byte(protowire.Fixed64Type)
	blob   = byte(protowire.BytesType)
)

// The tags of Data.
const (
	tagWrapping  = 1<<3 | varint
	tagID        = 2<<3 | varint
	tagText      = 3<<3 | blob
	tagMinCopies = 4<<3 | varint
	tagOrigin    = 5<<3 | blob
	tagBoot      = 6<<3 | varint
	tagSeq       = 7<<3 | varint
	tagTimeMS    = 8<<3 | varint
	tagTimeoutMS = 9<<3 | varint
	tagSession   = 10<<3 | eight
	tagNumber    = 11<<3 | varint
	tagMore      = 12<<3 | blob
)

func decodeData(b []byte, d *Data) error {
	*d = Data{}
	for len(b) > 0 {
		field := b
		tag, num := b[0], protowire.Number(b[0]>>3)
		if tag >= 0x80 {
			tag, num, b = longTag(b)
		}
		var n int
		switch tag {
		case tagMore:
			if _, n = consumeText(b[1:]); d.More.n == 0 {
				d.More.fields = field
			}
			d.More.n++
		case tagText:
			d.Text, n = protowire.ConsumeBytes(b[1:])
		case tagOrigin:
			d.Origin, n = protowire.ConsumeBytes(b[1:])
		case tagSession:
			d.Session, n = protowire.ConsumeFixed64(b[1:])
		case tagWrapping, tagID, tagMinCopies, tagBoot, tagSeq, tagTimeMS, tagTimeoutMS, tagNumber:
			var v uint64
			v, n = protowire.ConsumeVarint(b[1:])
			d.set(tag, v)
		default:
			n = skipValue(num, tag, b[1:])
		}
		if n < 0 {
			return ErrBody
		}
		b = b[1+n:]
	}
	if !d.counts(d.More.n) {
		return ErrCount
	}
	return nil
}

// set stores a varint. As in protobuf, one that is too wide loses its upper bits.
func (d *Data) set(tag byte, v uint64) {
	switch tag {
	case tagWrapping:
		d.Wrapping = uint32(v)
	case tagID:
		d.ID = v
	case tagMinCopies:
		d.MinCopies = uint32(v)
	case tagBoot:
		d.Boot = v
	case tagSeq:
		d.Seq = v
	case tagTimeMS:
		d.TimeMS = int64(v)
	case tagTimeoutMS:
		d.TimeoutMS = uint32(v)
	case tagNumber:
		d.Number = v
	}
}

// longTag reads a tag of several bytes: that of a field with a higher number than ours, or
// one of ours with leading zeros, which protobuf allows. rest begins with the last byte of
// the tag, where a short tag would be. If num is too high for a short tag, tag has only the
// wire type.
func longTag(b []byte) (tag byte, num protowire.Number, rest []byte) {
	num, typ, n := protowire.ConsumeTag(b)
	if n < 0 {
		return 0, 0, b
	}
	tag = byte(typ)
	if num < 0x80>>3 {
		tag |= byte(num) << 3
	}
	return tag, num, b[n-1:]
}

// skipValue returns the length of the value at the front of b, or a negative number if it
// is invalid or its field is 0, which does not exist.
func skipValue(num protowire.Number, tag byte, b []byte) int {
	if num == 0 {
		return -1
	}
	return protowire.ConsumeFieldValue(num, protowire.Type(tag&7), b)
}

// The tags of Ok.
const (
	tagOkID     = 1<<3 | varint
	tagCopies   = 2<<3 | varint
	tagRefusal  = 3<<3 | varint
	tagDetail   = 4<<3 | blob
	tagOkOrigin = 5<<3 | blob
	tagOkBoot   = 6<<3 | varint
	tagOkSeq    = 7<<3 | varint
)

// decodeOk keeps the memory of an origin that is that of the Ok before, as it nearly always is.
func decodeOk(b []byte, o *Ok) error {
	before := o.Origin
	*o = Ok{}
	for len(b) > 0 {
		tag, num := b[0], protowire.Number(b[0]>>3)
		if tag >= 0x80 {
			tag, num, b = longTag(b)
		}
		var n int
		var v uint64
		switch tag {
		case tagOkID:
			o.ID, n = protowire.ConsumeVarint(b[1:])
		case tagCopies:
			v, n = protowire.ConsumeVarint(b[1:])
			o.Copies = uint32(v)
		case tagRefusal:
			v, n = protowire.ConsumeVarint(b[1:])
			o.Refusal = pzog.Refusal(v)
		case tagDetail:
			var s []byte
			s, n = protowire.ConsumeBytes(b[1:])
			o.Detail = string(s)
		case tagOkOrigin:
			var s []byte
			if s, n = protowire.ConsumeBytes(b[1:]); string(s) == before {
				o.Origin = before
			} else {
				o.Origin = string(s)
			}
		case tagOkBoot:
			o.Boot, n = protowire.ConsumeVarint(b[1:])
		case tagOkSeq:
			o.Seq, n = protowire.ConsumeVarint(b[1:])
		default:
			n = skipValue(num, tag, b[1:])
		}
		if n < 0 {
			return ErrBody
		}
		b = b[1+n:]
	}
	return nil
}
