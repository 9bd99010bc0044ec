package client

import (
	"strings"
	"unicode/utf8"

	"xlattice.org/zog/internal/record"
)

// MaxText is how many bytes a text may have.
const MaxText = record.MaxText - len(crlf)

// Check returns nil if hosts take a text, and else a *RefusedError that says why not. Send, Enqueue
// and SendAll check their texts themselves.
func Check(text string) error {
	if e := refused(withCRLF(make([]byte, 0, len(text)+len(crlf)), text)); e != nil {
		return e
	}
	return nil
}

// Sanitize returns a text that Check accepts: a good text as it is. In another one a tab or line
// break becomes a space, and each other character that hosts do not take, and each run of bytes that
// is not UTF-8, becomes U+FFFD. What is longer than MaxText is cut off, and ends with "…".
func Sanitize(text string) string {
	if Check(text) == nil {
		return text
	}
	text = strings.Map(func(r rune) rune {
		switch {
		case r == '\t', r == '\r', r == '\n':
			return ' '
		case !record.Printable(r):
			return utf8.RuneError
		}
		return r
	}, strings.ToValidUTF8(text, string(utf8.RuneError)))
	if len(text) <= MaxText {
		return text
	}
	const mark = "…"
	end := MaxText - len(mark)
	for !utf8.RuneStart(text[end]) {
		end--
	}
	return text[:end] + mark
}

const crlf = "\r\n"

// withCRLF appends a text and its CRLF.
func withCRLF(dst []byte, text string) []byte { return append(append(dst, text...), crlf...) }
