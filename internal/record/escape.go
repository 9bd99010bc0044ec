package record

import (
	"strconv"
	"time"
)

// maxShown is how many raw bytes a field of error.log shows: longer than any text,
// and short enough that large malformed frames do not fill the disk.
const maxShown = 1024

// Escape appends raw to dst as printable ASCII on one line, and returns the extended
// slice. A backslash and a double quote get a backslash before them; other printable
// ASCII stays as it is. CR, LF and tab become \r, \n and \t, each other byte becomes
// \x and two lower-case hex digits. Within double quotes the result is a Go string
// literal of the same bytes.
//
// At most 1,024 bytes of raw are shown; "...(+N bytes)" counts the rest. Only a
// longer raw can lead to such an end, since more than 1,024 bytes stand before it.
func Escape(dst, raw []byte) []byte { return escape(dst, raw) }

func escape[T []byte | string](dst []byte, raw T) []byte {
	const hex = "0123456789abcdef"
	for i := range min(len(raw), maxShown) {
		switch c := raw[i]; {
		case c == '"' || c == '\\':
			dst = append(dst, '\\', c)
		case 0x20 <= c && c <= 0x7E:
			dst = append(dst, c)
		case c == '\r':
			dst = append(dst, `\r`...)
		case c == '\n':
			dst = append(dst, `\n`...)
		case c == '\t':
			dst = append(dst, `\t`...)
		default:
			dst = append(dst, '\\', 'x', hex[c>>4], hex[c&0xF])
		}
	}
	if rest := len(raw) - maxShown; rest > 0 {
		dst = append(dst, "...(+"...)
		dst = strconv.AppendInt(dst, int64(rest), 10)
		dst = append(dst, " bytes)"...)
	}
	return dst
}

// ErrorLine appends a line of error.log to dst, with its CRLF, and returns the
// extended slice:
//
//	2026-11-22T10:26:00Z 127.0.55.2:40312 not valid UTF-8: "caf\xe9\r\n"
//
// The line has the time (UTC, whole seconds), the remote address, the reason, and in
// quotes the bytes concerned, if any. All three strings go through [Escape]. So it is
// one line of printable ASCII, whatever anyone sent, and the first quote without a
// backslash before it opens the bytes (I9).
func ErrorLine(dst []byte, at time.Time, remote, reason string, raw []byte) []byte {
	dst = appendTime(dst, at.Unix())
	dst = append(dst, ' ')
	dst = escape(dst, remote)
	dst = append(dst, ' ')
	dst = escape(dst, reason)
	if len(raw) > 0 {
		dst = append(dst, `: "`...)
		dst = escape(dst, raw)
		dst = append(dst, '"')
	}
	return append(dst, "\r\n"...)
}
