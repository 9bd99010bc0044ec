package tail

import (
	"strconv"
	"time"

	"xlattice.org/zog/internal/marks"
	"xlattice.org/zog/internal/position"
)

// format turns messages into lines. It keeps what the next message most often has too.
type format struct {
	json, colours bool
	time          int64
	stamp         string // of time
	run           marks.Run
	boot, name    string // of run
	known         bool   // stamp and name are set
}

func newFormat(o *Options, colours bool) format { return format{json: o.JSON, colours: colours} }

// append appends the line of a message; at is the position after it.
func (f *format) append(dst []byte, m *Message, at *position.Moving) []byte {
	if m.Time != f.time || !f.known {
		f.time, f.stamp = m.Time, time.Unix(m.Time, 0).UTC().Format(time.RFC3339)
	}
	if m.Run != f.run || !f.known {
		f.run, f.boot, f.name = m.Run, strconv.FormatUint(m.Boot, 36), m.Run.Name()
	}
	f.known = true
	if f.json {
		return f.appendJSON(dst, m, at)
	}
	return f.appendText(dst, m)
}

// The colours of a line: the time is grey, the identity cyan.
const (
	grey  = "\x1b[90m"
	cyan  = "\x1b[36m"
	plain = "\x1b[0m"
)

// appendText appends the line as it is in access.log, without its CR.
func (f *format) appendText(dst []byte, m *Message) []byte {
	if f.colours {
		dst = append(dst, grey...)
	}
	dst = append(append(dst, f.stamp...), ' ')
	if f.colours {
		dst = append(dst, cyan...)
	}
	dst = f.appendID(dst, m)
	if f.colours {
		dst = append(dst, plain...)
	}
	dst = append(append(dst, ' '), m.Text...)
	return append(dst, '\n')
}

func (f *format) appendID(dst []byte, m *Message) []byte {
	return strconv.AppendUint(append(append(dst, f.name...), '.'), m.Seq, 10)
}

// appendJSON appends the line as an object. Origin and boot need no escapes.
func (f *format) appendJSON(dst []byte, m *Message, at *position.Moving) []byte {
	dst = append(append(dst, `{"time":"`...), f.stamp...)
	dst = append(append(dst, `","origin":"`...), m.Origin...)
	dst = append(append(dst, `","boot":"`...), f.boot...)
	dst = strconv.AppendUint(append(dst, `","seq":`...), m.Seq, 10)
	dst = f.appendID(append(dst, `,"id":"`...), m)
	dst = appendEscaped(append(dst, `","text":"`...), m.Text)
	dst = at.AppendText(append(dst, `","position":"`...))
	return append(dst, "\"}\n"...)
}

// appendEscaped appends a text of a message, which has no control characters and is UTF-8.
func appendEscaped(dst []byte, text string) []byte {
	for i := range len(text) {
		if c := text[i]; c == '"' || c == '\\' {
			dst = append(dst, '\\')
		}
		dst = append(dst, text[i])
	}
	return dst
}
