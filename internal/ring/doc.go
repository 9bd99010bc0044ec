// Package ring decides which host forwards a message to which others (docs/protocol.md,
// 7). It is pure: it knows host indices, but no connections, clocks or messages.
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
// Every position has exactly one parent. So while all links are up each host gets the
// message once, no host sends it to more than two others, and the depth of the tree is the
// level of the last position. A host that cannot reach a child sends to that child's
// children instead. Even if hosts disagree about which links are up, each path down the tree
// is taken once, so the tree brings no host a message twice.
//
// Each hop carries a wrapping, which tells the receiver where to forward the message. With
// the [Uniform] scheme it is 2^M, where M is the level of the receiver, or 0 if the receiver
// has no children. A receiver that does not understand a wrapping logs the message and does
// not forward it: the tree is for speed, and repairs bring what it misses.
//
// Call [New] once, and [Plan.Sends] once for consecutive messages with the same origin and
// wrapping.
package ring
