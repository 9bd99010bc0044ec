package record

import (
	"strconv"
	"time"
)

// The first and the last second that a line can show: years 0000 and 9999.
const (
	minTime = -62167219200
	maxTime = 253402300799
)

// Formatter writes records as lines. It remembers the beginning of its last line, up
// to the text: most often the next one differs from it only in that its seq is one
// higher. The zero value is ready; it is not for two goroutines at once.
type Formatter struct {
	last   Record // what prefix says; of the text nothing
	prefix []byte
	digits int // of the seq, in prefix
}

// Append appends the line of r to dst, CRLF included, and returns the extended
// slice. It keeps nothing of r.Text and allocates only to grow dst. The record
// is taken to pass [Record.Check].
//
// A time outside the years 0000 to 9999 is written as the nearest second inside
// them: every host that takes the message must write the same bytes, whatever
// clock the origin had, and whether the record came live or from a repair.
func (f *Formatter) Append(dst []byte, r *Record) []byte {
	l := &f.last
	if r.Seq != l.Seq+1 || r.Time != l.Time || r.Boot != l.Boot || r.Origin != l.Origin || !f.increment() {
		f.setPrefix(r)
	}
	l.Seq = r.Seq
	dst = append(dst, f.prefix...)
	return append(dst, r.Text...)
}

// AppendNext is Append for the record that follows the last one: it differs from it in
// its text, and in that its seq is one higher.
func (f *Formatter) AppendNext(dst, text []byte) []byte {
	if f.last.Seq++; !f.increment() {
		f.setPrefix(&f.last)
	}
	dst = append(dst, f.prefix...)
	return append(dst, text...)
}

// count makes the seq in the prefix one higher. It is false if that takes another
// digit, or there is no prefix.
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

// begin writes the prefix of r.
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

// appendTime always appends len("2006-01-02T15:04:05Z") bytes.
func appendTime(dst []byte, unix int64) []byte {
	unix = min(max(unix, minTime), maxTime)
	return time.Unix(unix, 0).UTC().AppendFormat(dst, time.RFC3339)
}
