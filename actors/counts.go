package actors

import (
	"sync/atomic"
)

// Counts are what a host has done since it started.
type Counts struct {
	Taken       atomic.Uint64 // messages from clients, since they are in the log
	Received    atomic.Uint64 // new messages from peers, since they are in the log
	Duplicates  atomic.Uint64 // messages from peers that were there already
	Resent      atomic.Uint64 // messages from clients that were known to be there already
	Conflicts   atomic.Uint64 // messages from peers that were there already, with another text
	Unwanted    atomic.Uint64 // messages from peers of new runs that were too many
	Early       atomic.Uint64 // messages from peers before which others were missing
	Forwarded   atomic.Uint64 // Data frames sent to peers
	KeepAlives  atomic.Uint64 // KeepAlive frames sent to peers
	Refused     atomic.Uint64 // texts from clients that were not taken
	Voided      atomic.Uint64 // runs that were ended because a peer claimed to hold more of them than it was given
	Restarts    atomic.Uint64 // of actors that failed
	DeadLetters atomic.Uint64 // messages to actors that were gone
	Reported    atomic.Uint64 // lines for error.log
	Unreported  atomic.Uint64 // reports that were only counted, for a line of their sum
}
