package record

import (
	"strconv"
	"time"
)

// The first and the last second that a line can have: years 0000 to 9999.
const (
	minTime = -62167219200
	maxTime = 253402300799
)

// Formatter writes records as lines. It keeps the beginning of its last line, up to
// the text: most often the next line differs from it only by a seq that is one
// higher. The zero value is ready. It is not safe for concurrent use.
type Formatter struct {
	last   Record // that of prefix, without its text
	prefix []byte
	digits int // of the seq, in prefix
}

// Append appends the line of r to dst, CRLF included, and returns the extended slice.
// It keeps no reference to r.Text, and allocates only to grow dst. r must pass
// [Record.Check].
//
// A time outside the years 0000 to 9999 is written as the nearest second inside them:
// every host that takes the message must write the same bytes, whatever clock the
// origin had.
func (f *Formatter) Append(dst []byte, r *Record) []byte {
	l := &f.last
	if r.Seq != l.Seq+1 || r.Time != l.Time || r.Boot != l.Boot || r.Origin != l.Origin || !f.increment() {
		f.setPrefix(r)
	}
	l.Seq = r.Seq
	dst = append(dst, f.prefix...)
	return append(dst, r.Text...)
}

// AppendNext is Append for a record that differs from the last one in its text, and
// in a seq that is one higher.
func (f *Formatter) AppendNext(dst, text []byte) []byte {
	if f.last.Seq++; !f.increment() {
		f.setPrefix(&f.last)
	}
	dst = append(dst, f.prefix...)
	return append(dst, text...)
}

// increment adds one to the seq in the prefix. It returns false if that needs one
// more digit, or there is no prefix.
func (f *Formatter) increment() bool {
	for i := len(f.prefix) - len(" ") - 1; i >= len(f.prefix)-len(" ")-f.digits; i-- {
		if f.prefix[i] < '9' {
			f.prefix[i]++
			return f.digits > 0
		}
		f.prefix[i] = '0'
	}
	return false
}

// setPrefix writes the prefix of r.
func (f *Formatter) setPrefix(r *Record) {
	f.last = Record{Origin: r.Origin, Boot: r.Boot, Seq: r.Seq, Time: r.Time}
	p := appendTime(f.prefix[:0], r.Time)
	p = append(p, ' ')
	p = append(p, r.Origin...)
	p = append(p, '.')
	p = strconv.AppendUint(p, r.Boot, 36)
	p = append(p, '.')
	before := len(p)
	p = strconv.AppendUint(p, r.Seq, 10)
	f.digits = len(p) - before
	f.prefix = append(p, ' ')
}

// appendTime appends len("2006-01-02T15:04:05Z") bytes.
func appendTime(dst []byte, unix int64) []byte {
	unix = min(max(unix, minTime), maxTime)
	return time.Unix(unix, 0).UTC().AppendFormat(dst, time.RFC3339)
}
