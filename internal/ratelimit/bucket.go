package ratelimit

import "time"

// Burst is what a full bucket of a Limiter holds: the tokens of so much time.
const Burst = 5 * time.Second

// bucket is a token bucket, kept as the moment at which it will be full again. That
// does not depend on the rate, so the rate may change at any time. The zero value is
// full.
//
// Invariant: unless tokens were forced, full is at most the burst after the last taking.
type bucket struct{ full time.Time }

// has tells whether there is a token, if a full bucket holds those of so much time.
func (b *bucket) has(now time.Time, token, burst time.Duration) bool {
	return b.after(now, token).Sub(now) <= burst
}

// take takes a token, even if there is none: then the next ones come later.
func (b *bucket) take(now time.Time, token time.Duration) { b.full = b.after(now, token) }

func (b *bucket) after(now time.Time, token time.Duration) time.Time {
	if b.full.After(now) {
		now = b.full
	}
	return now.Add(token)
}
