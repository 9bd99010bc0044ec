// Package ratelimit decides which reports become a line of error.log of their own, and counts
// the others. It is pure: it is given the time.
//
// A [Limiter] has a token bucket for all lines, and one for each address that they are about. A
// report that gets no token is counted. [Limiter.Sums] returns the counts as few lines, which
// take tokens too. So in t seconds there are at most Rates.All * (t + 5) + 1 lines, and no
// report is lost: the lines and the counts add up to the reports.
//
// Its memory is bounded, however many addresses there are: for the addresses that were not
// reported for the longest time only the sum of their counts is kept. The IPv6 addresses of one
// /64 count as one address, since one machine can have them all.
// [Limiter.TakeRepeated] is for reports that nobody means: the same one about an address is a line
// once a minute, and counted once a minute.
//
// [Samples] is for events of one connection: it shows one of each kind. [Allowance] is for
// diagnostics about one thing. [Bucket] is the token bucket of all of them.
package ratelimit
