package ratelimit

import "time"

// burst is the capacity of the buckets of a Limiter: the tokens that come back in this time.
const burst = 5 * time.Second

// bucket is a token bucket, stored as the time at which it is full again. That does not depend
// on the rate, so the rate may change at any time. The zero value is full.
//
// Invariant: unless take was called without has, full is at most the capacity after the last
// call of take.
type bucket struct{ full time.Time }

// has reports whether there is a token. token is the time in which one token comes back,
// capacity that for a full bucket.
func (b *bucket) has(now time.Time, token, capacity time.Duration) bool {
	return b.after(now, token).Sub(now) <= capacity
}

// take takes a token, even if there is none: then the next one comes later.
func (b *bucket) take(now time.Time, token time.Duration) { b.full = b.after(now, token) }

func (b *bucket) after(now time.Time, token time.Duration) time.Time {
	if b.full.After(now) {
		now = b.full
	}
	return now.Add(token)
}
