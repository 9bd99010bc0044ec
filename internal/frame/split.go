package frame

import (
	"math/bits"
)

// The longest body that a port accepts, in bytes (docs/protocol.md, section 2).
const (
	ClientLimit = 4 << 10
	PeerLimit   = 64 << 10
)

// maxPrefix is the length of the longest minimal varint of 64 bits.
const maxPrefix = 10

// Malformed is the error for bytes that are not a frame, and says why. Such bytes end their
// connection: no frame can be found after them.
type Malformed string

func (m Malformed) Error() string { return "malformed frame: " + string(m) }

// The Malformed errors.
const (
	ErrEmpty      Malformed = "length 0"
	ErrLength     Malformed = "length is not a varint of 64 bits"
	ErrNonMinimal Malformed = "length is a non-minimal varint"
	ErrTooLong    Malformed = "length is over the limit"
	ErrBody       Malformed = "body is not protobuf"
	ErrNoBody     Malformed = "neither keepAlive, ack, data nor ok"
	ErrTwoBodies  Malformed = "more than one of keepAlive, ack, data and ok"
	ErrCount      Malformed = "an id, seq or number counts beyond 64 bits"
)

// Split finds the frame at the front of buf. It returns the body, which aliases buf, and
// the number of bytes of prefix and body. If buf has only a part of a frame, n is 0 and err
// is nil. The error is Malformed. A length over limit is an error before the body arrives,
// so a reader never has to hold more than Prefix(limit)+limit bytes.
func Split(buf []byte, limit int) (body []byte, n int, err error) {
	length, prefix, err := splitLength(buf)
	if err != nil || prefix == 0 {
		return nil, 0, err
	}
	if length > uint64(limit) {
		return nil, 0, ErrTooLong
	}
	n = prefix + int(length)
	if len(buf) < n {
		return nil, 0, nil
	}
	return buf[prefix:n:n], n, nil
}

// splitLength reads the varint at the front of buf. prefix is 0 while it is incomplete.
func splitLength(buf []byte) (length uint64, prefix int, err error) {
	if len(buf) > 0 && buf[0] < 0x80 {
		if buf[0] == 0 {
			return 0, 0, ErrEmpty
		}
		return uint64(buf[0]), 1, nil
	}
	for i, b := range buf {
		if i == maxPrefix-1 && b > 1 {
			return 0, 0, ErrLength
		}
		length |= uint64(b&0x7f) << (7 * i)
		if b < 0x80 {
			if b == 0 {
				return 0, 0, ErrNonMinimal
			}
			return length, i + 1, nil
		}
	}
	return 0, 0, nil
}

// Prefix returns the size in bytes of the length before a body of n bytes.
func Prefix(n int) int {
	return (bits.Len64(uint64(n)|1) + 6) / 7
}
