// Package ratelimit decides which reports become a line of error.log of their own, and
// counts the others. It is pure: it is given the time.
//
// A [Limiter] has a token bucket for all lines and one for each address they are about.
// A report that gets no token is counted, and [Limiter.Sums] returns the counts as few
// lines, which take tokens too. So over any time t, in seconds, there are no more than
// Rates.All * (t + 5) lines and one, and no report is lost: the lines and the counts
// together are as many as were reported.
//
// What it remembers is bounded, however many addresses there are: of those that were
// not heard of for the longest time only the sum of the counts is kept. IPv6 addresses
// of one /64 are one address, since one machine can have them all.
//
// [Samples] is for what comes over one connection: of each kind one is shown.
// [Allowance] is for diagnostics about one thing.
package ratelimit
