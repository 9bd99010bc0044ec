package actors

import (
	"sync/atomic"

	"xlattice.org/zog/internal/journal"
	"xlattice.org/zog/internal/marks"
)

// shared is the state of a host that travels past the messages. The second table of package
// messages says for each field who writes it, who reads it, and why it is not a message.
type shared struct {
	Counts   Counts
	ledger   *marks.Ledger // durable marks of this host, and marks of its peers
	journal  *journal.Journal
	runs     runCensus
	waiters  markWaiters
	storage  storage
	position atomic.Uint64 // behind the newest message that the router took
	boot     atomic.Uint64 // of this host's present run
	stops    stops         // when this process was stopped
	// following: who follows the log, and whether they wait for it to grow.
	following following
	// marksChanged: marks have changed since the keep-alive scheduler looked last.
	marksChanged atomic.Bool
}
