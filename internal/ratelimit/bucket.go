package ratelimit

import "time"

// burst is the capacity of the buckets of a Limiter: the tokens that come back in this time.
const burst = 5 * time.Second

// Bucket is a token bucket, stored as the time at which it is full again. That does not depend
// on the rate, so the rate may change at any time. The zero value is full.
//
// Invariant: unless Take was called without Has, full is at most the capacity after the last
// call of Take.
type Bucket struct{ full time.Time }

// Has reports whether there is a token. token is the time in which one token comes back,
// capacity that for a full bucket.
func (b *Bucket) Has(now time.Time, token, capacity time.Duration) bool {
	return b.after(now, token).Sub(now) <= capacity
}

// At returns when there is a token: now, or later.
func (b *Bucket) At(now time.Time, token, capacity time.Duration) time.Time {
	if early := b.after(now, token).Add(-capacity); early.After(now) {
		return early
	}
	return now
}

// Take takes a token, even if there is none: then the next one comes later.
func (b *Bucket) Take(now time.Time, token time.Duration) { b.full = b.after(now, token) }

func (b *Bucket) after(now time.Time, token time.Duration) time.Time {
	if b.full.After(now) {
		now = b.full
	}
	return now.Add(token)
}
