package main

import (
	"math/rand/v2"

	"xlattice.org/zog/internal/record"
)

// The original text asks for contents of 32 to 63 printing characters, shorter
// where it takes that to keep a line of access.log within 80 (DESIGN 7).
const (
	shortest = 32
	longest  = 63
	columns  = 80
)

// What a line of access.log needs besides the origin's name and the content:
//
//	2026-11-22T10:26:00Z LA.1k9x3z00.1234567890 content
//
// A sender knows neither boot nor seq beforehand. A boot has at most 8 digits.
// For the seq 10 are allowed: a host reaches the eleventh after 115 days at
// 1,000 messages a second without a restart, and one digit more allowed would
// shorten every content by one.
const overhead = len("2026-11-22T10:26:00Z ") + len(".") + bootDigits + len(".") + seqDigits + len(" ")

const (
	bootDigits = 8
	seqDigits  = 10
)

// lengths returns the least and the greatest length of a content that is sent
// to hosts with names of at most so many characters.
func lengths(name int) (least, most int) {
	most = min(longest, columns-overhead-min(name, record.MaxName))
	return min(shortest, most), most
}

// content returns a random text of least to most printing characters. None is a
// space, so that a content is one word in its line.
func content(r *rand.Rand, least, most int) string {
	text := make([]byte, least+r.IntN(most-least+1))
	for i := range text {
		text[i] = '!' + byte(r.IntN('~'-'!'+1))
	}
	return string(text)
}
