package record

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"unicode/utf8"

	"xlattice.org/zog/messages/pzog"
)

// Classify returns why a client may not hand in text, or NONE. The first of these
// that holds is returned: TOO_LONG, over [MaxText] bytes with the CRLF; NO_CRLF, none
// at the end; NOT_UTF8, overlong forms and surrogates included; CONTROL, a control
// character inside: C0 (tab included, and CR or LF before the end), DEL, C1, U+2028,
// U+2029 or a bidi control. A CRLF alone is a valid text.
//
// The ranges are fixed code points and not the tables of a library: a text that one
// host has taken must be valid on every host, whatever its version.
func Classify(text []byte) pzog.Refusal {
	n := len(text) - len("\r\n")
	switch {
	case len(text) > MaxText:
		return pzog.Refusal_TOO_LONG
	case n < 0 || text[n] != '\r' || text[n+1] != '\n':
		return pzog.Refusal_NO_CRLF
	}
	return classifyBody(text[:n])
}

// classifyBody classifies what is before the CRLF. Printable ASCII, which most of it
// is, takes eight bytes a step; the rest goes rune by rune. A control character does
// not end the search, since NOT_UTF8 takes precedence.
func classifyBody(body []byte) pzog.Refusal {
	refusal := pzog.Refusal_NONE
	if n := len(body); n >= 8 && printable8(binary.LittleEndian.Uint64(body[n-8:])) {
		body = body[:n-n%8] // the rest is among the last eight, which are printable
	}
	for len(body) > 0 {
		if len(body) >= 8 && printable8(binary.LittleEndian.Uint64(body)) {
			body = body[8:]
			continue
		}
		r, size := utf8.DecodeRune(body)
		if r == utf8.RuneError && size <= 1 {
			return pzog.Refusal_NOT_UTF8
		}
		if control(r) {
			refusal = pzog.Refusal_CONTROL
		}
		body = body[size:]
	}
	return refusal
}

// printable8 reports whether all eight bytes are 0x20 to 0x7E. For a byte below 0x80,
// adding 1 sets the top bit for 0x7F only, and subtracting 0x20 sets it below 0x20
// only. A carry or borrow into the next byte comes only from a byte that fails
// itself, so it cannot make a bad word look good.
func printable8(w uint64) bool {
	const ones, tops = 0x0101010101010101, 0x8080808080808080
	return (w|(w+ones)|(w-0x20*ones))&tops == 0
}

// Printable reports whether r is allowed inside a text.
func Printable(r rune) bool { return !control(r) }

// control reports whether r is not allowed inside a text.
func control(r rune) bool {
	switch {
	case r < 0x20, // C0
		0x7F <= r && r <= 0x9F,   // DEL, C1
		r == 0x061C,              // Arabic letter mark
		r == 0x200E, r == 0x200F, // left-to-right, right-to-left mark
		r == 0x2028, r == 0x2029, // line, paragraph separator
		0x202A <= r && r <= 0x202E, // bidi embeddings, overrides and their end
		0x2066 <= r && r <= 0x2069: // bidi isolates and their end
		return true
	}
	return false
}

// Explain is Reason for a refused text, its CRLF included. For CONTROL it says which
// kind of character comes first.
func Explain(r pzog.Refusal, text []byte) string {
	if r == pzog.Refusal_CONTROL {
		body := bytes.TrimSuffix(text, []byte("\r\n"))
		if i := bytes.IndexFunc(body, control); i >= 0 {
			first, _ := utf8.DecodeRune(body[i:])
			return kind(first) + " inside"
		}
	}
	return Reason(r)
}

// kind describes a character that is not allowed inside a text.
func kind(r rune) string {
	switch {
	case r == '\t':
		return "a tab"
	case r == '\r', r == '\n':
		return "a line break"
	case r <= 0x9F:
		return "a control character"
	case r == 0x2028, r == 0x2029:
		return "a line separator"
	}
	return "a bidi character"
}

// Reason describes r for people, in a short phrase.
func Reason(r pzog.Refusal) string {
	switch r {
	case pzog.Refusal_NONE:
		return "not refused"
	case pzog.Refusal_NOT_UTF8:
		return "not valid UTF-8"
	case pzog.Refusal_NO_CRLF:
		return "no CRLF at the end"
	case pzog.Refusal_CONTROL:
		return "a control, line separator or bidi character inside"
	case pzog.Refusal_TOO_LONG:
		return "longer than 509 bytes"
	case pzog.Refusal_BAD_WRAPPING:
		return "wrapping is not 0, 1 or 2"
	case pzog.Refusal_STORAGE:
		return "the host cannot write its log"
	case pzog.Refusal_STOPPING:
		return "the host is stopping"
	case pzog.Refusal_OVERLOADED:
		return "the host is overloaded"
	case pzog.Refusal_NUMBER_REUSED:
		return "its session and number stand for another text"
	}
	return fmt.Sprintf("refused for a reason unknown to this version (%d)", int32(r))
}
