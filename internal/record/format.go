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

// Formatter writes records as lines. It remembers the beginning of its last line,
// up to the seq, which is most often that of the next one too. The zero value is
// ready; it is not for two goroutines at once.
type Formatter struct {
	origin string
	boot   uint64
	time   int64
	prefix []byte
}

// Append appends the line of r to dst, CRLF included, and returns the extended
// slice. It keeps nothing of r.Text and allocates only to grow dst. The record
// is taken to pass [Record.Check].
//
// A time outside the years 0000 to 9999 is written as the nearest second inside
// them: every host that takes the message must write the same bytes, whatever
// clock the origin had, and whether the record came live or from a repair.
func (f *Formatter) Append(dst []byte, r *Record) []byte {
	if r.Time != f.time || r.Boot != f.boot || r.Origin != f.origin || len(f.prefix) == 0 {
		f.begin(r)
	}
	dst = append(dst, f.prefix...)
	dst = strconv.AppendUint(dst, r.Seq, 10)
	dst = append(dst, ' ')
	return append(dst, r.Text...)
}

// begin remembers r's time, origin and boot, and how they are written.
func (f *Formatter) begin(r *Record) {
	f.origin, f.boot, f.time = r.Origin, r.Boot, r.Time
	p := appendTime(f.prefix[:0], r.Time)
	p = append(p, ' ')
	p = append(p, r.Origin...)
	p = append(p, '.')
	p = strconv.AppendUint(p, r.Boot, 36)
	f.prefix = append(p, '.')
}

// appendTime always appends len("2006-01-02T15:04:05Z") bytes.
func appendTime(dst []byte, unix int64) []byte {
	unix = min(max(unix, minTime), maxTime)
	return time.Unix(unix, 0).UTC().AppendFormat(dst, time.RFC3339)
}
