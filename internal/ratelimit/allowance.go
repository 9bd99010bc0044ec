package ratelimit

import "time"

// Allowance limits lines about one thing: a burst of lines, then one in each interval. It counts
// the lines that it suppresses. The zero value allows a full burst.
type Allowance struct {
	bucket     Bucket
	suppressed int // since the last line that was allowed
}

// Take reports whether a line may be written, and how many were suppressed before it since the
// last one. It allows atOnce lines at once, and one more after each interval.
func (a *Allowance) Take(now time.Time, atOnce int, every time.Duration) (suppressed int, ok bool) {
	if !a.bucket.Has(now, every, time.Duration(atOnce)*every) {
		a.suppressed++
		return 0, false
	}
	a.bucket.Take(now, every)
	suppressed, a.suppressed = a.suppressed, 0
	return suppressed, true
}
