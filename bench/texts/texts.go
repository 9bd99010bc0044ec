// Package texts makes the texts that a benchmark sends, and knows them again in the
// logs. A text tells which client it is from and which of its texts it is, and is
// filled up with printable characters:
//
//	0001.00000042 abcdefghijklmnopqrstuvwxyzabcdef
//
// [All] makes them, and a [Check] finds what is lost, doubled, out of order or
// changed.
package texts

import (
	"bytes"
	"fmt"
	"iter"
	"strings"
)

// The places of the two numbers, and where the filling begins.
const (
	clientDigits = 4
	numberDigits = 9
	filling      = clientDigits + len(".") + numberDigits + len(" ")
)

// crlf ends a text, and is counted in its size.
const crlf = "\r\n"

// Limits.
const (
	MinSize    = filling + len(crlf) // bytes, CRLF included
	MaxSize    = 511
	MaxClients = 1e4 - 1
	MaxNumber  = 1e9 - 1
)

const letters = "abcdefghijklmnopqrstuvwxyz"

// Form is what all texts of a size have in common.
type Form []byte

// NewForm returns the form of texts of so many bytes, CRLF included.
func NewForm(size int) Form {
	text := fmt.Appendf(nil, "%0*d.%0*d ", clientDigits, 0, numberDigits, 0)
	return append(text, strings.Repeat(letters, size/len(letters)+1)[:size-MinSize]...)
}

// Parse finds the text at the end of a line, which comes without CRLF, and returns
// whose it is and which. ok is false if there is none of this form.
func (f Form) Parse(line []byte) (client, number int, ok bool) {
	if len(line) < len(f) {
		return 0, 0, false
	}
	text := line[len(line)-len(f):]
	client, ok = parse(text[:clientDigits])
	number, ok2 := parse(text[clientDigits+1 : filling-1])
	same := text[clientDigits] == f[clientDigits] && bytes.Equal(text[filling-1:], f[filling-1:])
	return client, number, ok && ok2 && same
}

// parse reads digits.
func parse(digits []byte) (n int, ok bool) {
	for _, d := range digits {
		if d < '0' || d > '9' {
			return 0, false
		}
		n = 10*n + int(d-'0')
	}
	return n, true
}

// number writes n into digits that are there.
func number(digits []byte, n int) {
	for i := len(digits) - 1; i >= 0; i-- {
		digits[i] = byte('0' + n%10)
		n /= 10
	}
}

// slab is how many texts are made at a time. They share one piece of memory.
const slab = 256

// All returns the texts first to last of a client, without CRLF. Clients are counted
// from 0, texts from 1. size is in bytes, CRLF included.
func All(client, first, last, size int) iter.Seq[string] {
	return func(yield func(string) bool) {
		text := NewForm(size)
		number(text[:clientDigits], client)
		for ; first <= last; first += slab {
			count := min(slab, last-first+1)
			var all strings.Builder
			all.Grow(count * len(text))
			for i := range count {
				number(text[clientDigits+1:filling-1], first+i)
				all.Write(text)
			}
			for left := all.String(); left != ""; left = left[len(text):] {
				if !yield(left[:len(text)]) {
					return
				}
			}
		}
	}
}
