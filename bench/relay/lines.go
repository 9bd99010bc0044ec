package relay

import (
	"slices"
	"time"
)

// run stands where zog's lines have the origin and its boot. It has the usual
// length of one.
const run = " MV.1k9x3zab."

// stampSize is the length of a line's time.
const stampSize = len("2006-01-02T15:04:05Z")

// lines writes the lines of the log: the time, a number, and the text.
type lines struct {
	head   []byte // the beginning of the next line, up to its text
	buf    []byte // lines that are not written yet
	second int64  // that head tells
}

func newLines() *lines {
	return &lines{head: append(make([]byte, stampSize, 64), run+"1 "...)}
}

// at sets the time of the lines that follow.
func (l *lines) at(now time.Time) {
	if second := now.Unix(); second != l.second {
		l.second = second
		now.UTC().AppendFormat(l.head[:0], time.RFC3339)
	}
}

// add appends the line of a text, which comes with its CRLF.
func (l *lines) add(text []byte) {
	l.buf = append(append(l.buf, l.head...), text...)
	l.count()
}

// count adds one to the number in head, in place.
func (l *lines) count() {
	for i := len(l.head) - 2; ; i-- {
		switch l.head[i] {
		case '9':
			l.head[i] = '0'
			continue
		case '.': // all were nines
			l.head = slices.Insert(l.head, i+1, '1')
		default:
			l.head[i]++
		}
		return
	}
}
