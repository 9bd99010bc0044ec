package actors

import (
	"sync/atomic"
)

// Counts are what a host has done since it started.
type Counts struct {
	Taken       atomic.Uint64 // messages from clients that are in the log
	Received    atomic.Uint64 // messages from peers that are in the log
	Duplicates  atomic.Uint64 // messages from peers that the host had already
	Resent      atomic.Uint64 // messages from clients that the host had already
	Conflicts   atomic.Uint64 // messages from peers that the host had already, with another text
	Unwanted    atomic.Uint64 // messages from peers of new runs that were too many
	BehindGap   atomic.Uint64 // messages from peers behind a gap
	Forwarded   atomic.Uint64 // Data frames sent to peers
	KeepAlives  atomic.Uint64 // KeepAlive frames sent to peers
	Refused     atomic.Uint64 // texts from clients that were refused
	Voided      atomic.Uint64 // runs that ended because a peer claimed to have more of them than it was given
	Restarts    atomic.Uint64 // of actors that failed
	DeadLetters atomic.Uint64 // messages to actors that had ended
	Reported    atomic.Uint64 // lines for error.log
	Unreported  atomic.Uint64 // reports that were only counted, for a sum
}
