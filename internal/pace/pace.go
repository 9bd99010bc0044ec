// Package pace decides when the messages of a load are due. It is pure: the caller reads the clock.
//
// Several clients share a load: message n of the load is that of client n % clients. With a rate, message n is due at
// n / rate, whether or not earlier ones were answered. Whoever counts the latency of a message from then on counts
// also the time that it waited behind slow ones ("coordinated omission" is to leave that out).
package pace

import (
	"math"
	"time"
)

// Load is what is to be sent. Times are since the beginning of the load.
type Load struct {
	Clients  int           // at least 1
	Messages int           // of all clients; 0 is no limit
	Duration time.Duration // nothing is begun later; 0 is no limit
	Rate     float64       // messages a second of all clients; 0 is no rate: a message is due when it can be sent
}

// Due returns when message k of a client is due, both counted from 0. ok is false if the load has ended before it.
func (l *Load) Due(client, k int) (at time.Duration, ok bool) {
	n := float64(k)*float64(l.Clients) + float64(client)
	if l.Messages > 0 && n >= float64(l.Messages) {
		return 0, false
	}
	if l.Rate == 0 {
		return 0, true
	}
	nanos := n / l.Rate * float64(time.Second)
	if nanos >= math.MaxInt64 {
		return 0, false
	}
	at = time.Duration(nanos)
	return at, l.Duration == 0 || at < l.Duration
}

// Missed returns how many messages of a client, from its message k on, were due before a time. It is 0 without a rate.
func (l *Load) Missed(client, k int, before time.Duration) int {
	if l.Rate == 0 {
		return 0
	}
	// Due grows with k, so the first message that is not due is found by halving.
	due := func(k int) bool { at, ok := l.Due(client, k); return ok && at < before }
	if !due(k) {
		return 0
	}
	step := 1
	for due(k + step) {
		step *= 2
	}
	least, most := k+step/2, k+step // due(least), !due(most)
	for most-least > 1 {
		if middle := least + (most-least)/2; due(middle) {
			least = middle
		} else {
			most = middle
		}
	}
	return most - k
}
