package ratelimit

import "time"

// Allowance limits lines about one thing: so many at once, and then one each time that
// so long has passed. What is left out is counted. The zero value has all of it left.
type Allowance struct {
	bucket bucket
	left   int // how many were left out since the last that was written
}

// Take tells whether one more line may be written, and how many before it were left out.
func (a *Allowance) Take(now time.Time, atOnce int, every time.Duration) (left int, ok bool) {
	if !a.bucket.has(now, every, time.Duration(atOnce)*every) {
		a.left++
		return 0, false
	}
	a.bucket.take(now, every)
	left, a.left = a.left, 0
	return left, true
}
