// Package marks records which messages each host has, and compares hosts by that.
//
// # Marks and version vectors
//
// A run is what one host takes from its clients between two starts of its router. The
// messages of a run are numbered 1, 2, 3 ... Every host takes them in this order and
// without a gap, so two numbers tell all that a host has of a run: a [Mark]. A [Vector] is
// a version vector: all marks of a host.
//
// Comparing two vectors tells what one host lacks and the other can send
// ([Vector.FirstMissing]). The forwarding tree makes messages arrive early. This comparison
// makes sure that they arrive at all.
//
// # What a host knows of its peers
//
// The [Ledger] has the durable vector of this host, and the vectors that its peers send: in
// Acks on the connection that this host dialled, and in KeepAlives on the one that the peer
// dialled. A vector may come in several frames, complete or as a delta: a [VectorUpdate]
// collects them. From these vectors the Ledger answers:
//
//	Holders, Reached   which hosts hold a message, for clients that wait for copies ([Waiters])
//	CaughtUp           whether a peer has all that this host has
//	Wanted             which runs to ask a peer for
//	Forgettable        which runs no host has a line of any more
//	BeginRun, Sending  whether a peer claims more of our run than we sent ([Claim])
//
// # Limits and cost
//
// A peer can invent runs. A [RunLimiter] decides from which unknown runs a host takes
// messages.
//
// A host may have 100,000 runs. A Vector is a persistent trie: a copy costs nothing, and
// comparing two copies costs what has changed between them. A [Backlog], and what is behind
// Wanted, are kept up to date by such comparisons.
//
// A Ledger and a RunLimiter are safe for concurrent use. The other types are not.
package marks

import "strconv"

// Run identifies the messages that one host took from clients between two starts of its
// router.
type Run struct {
	Origin string
	Boot   uint64
}

// Name returns the name of the run in the log, as MV.516ogpwa: the boot is in base 36. The
// method is not String, because a Mark would inherit that and be printed without its
// numbers.
func (r Run) Name() string { return r.Origin + "." + strconv.FormatUint(r.Boot, 36) }

// Mark says what a host has of a run: it has taken the messages up to Seq, and its log
// still has the lines of the messages from First on. The lines before First were retired,
// or are a hole. A mark without a line, where First is Seq+1, is kept: retired messages
// that come again are still duplicates.
//
// Invariant in the vectors of this host: 1 <= First <= Seq+1. A peer may send a greater
// First. Such a mark has no line.
type Mark struct {
	Run
	Seq   uint64 // the last message that the host has taken
	First uint64 // the log start offset: the first message whose line the log still has
}
