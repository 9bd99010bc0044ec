package main

import (
	"math/rand/v2"

	"xlattice.org/zog/internal/record"
)

// Contents have 32 to 63 printable characters, as the original text says, and fewer if that
// keeps a line of access.log within 80 characters (docs/protocol.md, 9).
const (
	shortest = 32
	longest  = 63
	columns  = 80
)

// overhead is what a line of access.log has besides the name of the origin and the content:
//
//	2026-11-22T10:26:00Z LA.1k9x3z00.1234567890 content
//
// The sender does not know boot and seq in advance. A boot has at most 8 digits. seq is
// taken to have 10: a host reaches 11 after 115 days at 1,000 messages a second without a
// restart, and one digit more would make all contents one character shorter.
const overhead = len("2026-11-22T10:26:00Z ") + len(".") + bootDigits + len(".") + seqDigits + len(" ")

const (
	bootDigits = 8
	seqDigits  = 10
)

// lengths returns the least and the greatest length of a content for hosts whose names have
// at most name characters.
func lengths(name int) (least, most int) {
	most = min(longest, columns-overhead-min(name, record.MaxName))
	return min(shortest, most), most
}

// content returns a random text of least to most printable characters, without spaces, so
// that it is one word in its line.
func content(r *rand.Rand, least, most int) string {
	text := make([]byte, least+r.IntN(most-least+1))
	for i := range text {
		text[i] = '!' + byte(r.IntN('~'-'!'+1))
	}
	return string(text)
}
