// Package ring decides who forwards what to whom (DESIGN 4). It is pure: it
// knows host indices and nothing of connections, clocks or messages.
//
// Hosts are numbered in ring order, 0 to N-1. For one message, positions are
// counted from the host that took it from a client, its origin: the origin is
// position 0, its +1 is position 1, and so on around the ring. The plan is a
// tree over positions. Level L holds positions 2^L-1 to 2^(L+1)-2, and position
// p on level L sends to p+2^L and p+2^(L+1), as far as those are below N. At
// five hosts:
//
//	level 0      0
//	            / \
//	level 1    1   2
//	           |   |
//	level 2    3   4
//
// Every position has exactly one parent, so while all links are up each host
// gets the message once, nobody sends more than two, and the depth is the level
// of the last position. A host that cannot reach a child sends to that child's
// children in its place; even where hosts disagree about who is up, each path
// down the tree is walked once, so nobody gets a message twice by it.
//
// Each hop carries a wrapping, which tells the receiver what to do: under the
// [Uniform] scheme it is 2^M, M the receiver's level, or 0 where the receiver
// has nobody to send to. A receiver that does not understand a wrapping logs the
// message and sends it to nobody: the tree is for speed, and whatever it misses
// is found by comparing marks (DESIGN 5).
//
// Start with [New], then ask [Plan.Sends] once for each run of messages that
// share an origin and a wrapping.
package ring
