package frame

import (
	"slices"

	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/proto"

	"xlattice.org/zog/messages/pzog"
)

// AppendData appends d as one frame, its length first. It ignores d.More.
func AppendData(dst []byte, d *Data) []byte {
	var r RowEncoder
	return r.End(r.Append(dst, d))
}

// AppendOk appends o as one frame, its length first.
func AppendOk(dst []byte, o *Ok) []byte {
	inner := varintSize(o.ID) + varintSize(uint64(o.Copies)) +
		varintSize(uint64(o.Refusal)) + bytesSize(len(o.Detail)) +
		bytesSize(len(o.Origin)) + varintSize(o.Boot) + varintSize(o.Seq)
	dst = appendHeader(dst, OkKind, inner)
	dst = appendVarint(dst, tagOkID, o.ID)
	dst = appendVarint(dst, tagCopies, uint64(o.Copies))
	dst = appendVarint(dst, tagRefusal, uint64(o.Refusal))
	dst = appendString(dst, tagDetail, o.Detail)
	dst = appendString(dst, tagOkOrigin, o.Origin)
	dst = appendVarint(dst, tagOkBoot, o.Boot)
	return appendVarint(dst, tagOkSeq, o.Seq)
}

// markSize is an upper bound of the size in bytes of a Mark with its tag and length,
// without a digest. digestSize is the size of a digest of 16 bytes with its own tag and
// length.
const (
	markSize   = 64
	digestSize = 18
)

// AppendKeepAlive appends k as one frame or, if its marks do not fit into limit bytes, as
// several. All but the last have more set. It changes k while it runs and restores it.
func AppendKeepAlive(dst []byte, k *pzog.KeepAlive, limit int) []byte {
	all := k.Marks
	defer func() { k.Marks, k.More = all, false }()
	for k.Marks = range chunks(all, limit, &k.More) {
		dst = appendMessage(dst, KeepAlive, k)
	}
	return dst
}

// AppendAck appends a as AppendKeepAlive does.
func AppendAck(dst []byte, a *pzog.Ack, limit int) []byte {
	all := a.Marks
	defer func() { a.Marks, a.More = all, false }()
	for a.Marks = range chunks(all, limit, &a.More) {
		dst = appendMessage(dst, Ack, a)
	}
	return dst
}

// AppendPart appends a as one frame, whatever its size. The caller sets more if others
// follow.
func AppendPart(dst []byte, a *pzog.Ack) []byte { return appendMessage(dst, Ack, a) }

// chunks yields marks in pieces that fit into a frame of limit bytes, at least one even if
// there are none, and sets more while others follow.
func chunks(marks []*pzog.Mark, limit int, more *bool) func(func([]*pzog.Mark) bool) {
	size := markSize
	if slices.ContainsFunc(marks, func(m *pzog.Mark) bool { return len(m.Digest) > 0 }) {
		size += digestSize // only in answers to a survey
	}
	most := max(1, limit/size-2)
	return func(yield func([]*pzog.Mark) bool) {
		for {
			n := min(most, len(marks))
			*more = n < len(marks)
			if !yield(marks[:n]) || n == len(marks) {
				return
			}
			marks = marks[n:]
		}
	}
}

func appendMessage(dst []byte, kind Kind, m proto.Message) []byte {
	dst = appendHeader(dst, kind, proto.Size(m))
	// Marshalling fails only on strings that are not UTF-8, and no caller has
	// any: names are checked where they come in.
	dst, err := proto.MarshalOptions{UseCachedSize: true}.MarshalAppend(dst, m)
	if err != nil {
		panic("frame: " + err.Error())
	}
	return dst
}

// appendHeader appends what comes before an inner body of n bytes: the length of the frame,
// the tag of the kind, and the length of the body.
func appendHeader(dst []byte, kind Kind, n int) []byte {
	dst = protowire.AppendVarint(dst, uint64(1+Prefix(n)+n))
	dst = append(dst, byte(kind)<<3|2)
	return protowire.AppendVarint(dst, uint64(n))
}

func varintSize(v uint64) int {
	if v == 0 {
		return 0
	}
	return 1 + protowire.SizeVarint(v)
}

func bytesSize(n int) int {
	if n == 0 {
		return 0
	}
	return 1 + protowire.SizeBytes(n)
}

func appendVarint(dst []byte, tag byte, v uint64) []byte {
	if v == 0 {
		return dst
	}
	return protowire.AppendVarint(append(dst, tag), v)
}

func appendBytes(dst []byte, tag byte, b []byte) []byte {
	if len(b) == 0 {
		return dst
	}
	return protowire.AppendBytes(append(dst, tag), b)
}

func appendString(dst []byte, tag byte, s string) []byte {
	if s == "" {
		return dst
	}
	return protowire.AppendString(append(dst, tag), s)
}

func appendFixed64(dst []byte, tag byte, v uint64) []byte {
	if v == 0 {
		return dst
	}
	return protowire.AppendFixed64(append(dst, tag), v)
}

// appendText appends a field of bytes, even if it is empty.
func appendText(dst []byte, tag byte, text []byte) []byte {
	if n := len(text); n < 0x80 {
		dst = append(dst, tag, byte(n))
	} else {
		dst = protowire.AppendVarint(append(dst, tag), uint64(n))
	}
	return append(dst, text...)
}
