package stream

import (
	"time"

	"xlattice.org/zog/internal/marks"
	"xlattice.org/zog/internal/row"
)

// Action is the kind of an Effect.
type Action uint8

// The actions. In parentheses are the fields of the Effect that they use.
const (
	// GetMarks gets the marks that the peer sent last in Acks. Begin follows at once.
	GetMarks Action = iota
	// Locate asks the router for the position from which the window has all that a peer with
	// these marks lacks (Marks). Located follows, with the same pointer.
	Locate
	// Pull asks the router for the messages after a position (Position, Now, Every).
	// Forwarded follows.
	Pull
	// Reach tells the router whether the tree may use the link (Up).
	Reach
	// Open opens a reader of the log for all that the peer lacks by its present marks.
	Open
	// Read reads the next rows from it. ReadRows, EndOfLog or ReadFailed follows at once.
	Read
	// Close closes the reader.
	Close
	// Give notes that rows are about to be sent to a peer (Rows).
	Give
	// SayMarks appends the marks of this host to the outbox.
	SayMarks
	// Send writes what is in the outbox. Sent follows at once, unless the connection has
	// failed.
	Send
	// Count counts frames that were sent (Frames).
	Count
	// Set sets an alarm (Alarm, After). No alarm of its kind is pending.
	Set
	// Unset cancels a pending alarm (Alarm).
	Unset
	// Note tells the operator something about the peer (Text).
	Note
	// Drained says that the stream needs no more time before the host stops.
	Drained
	// Damage reports that the log cannot be read, and ends the connection (Err).
	Damage
	// Violation ends the connection: the peer has broken the protocol (Err).
	Violation
)

// Effect is something to be done. What it refers to belongs to the caller, who must not
// change the rows.
type Effect struct {
	Do       Action
	Position uint64
	Now      bool // answer at once, even if there is nothing
	Every    bool // answer also when there are messages for other peers only
	Up       bool
	Marks    *marks.Vector
	Rows     [][]row.Row
	Frames   uint64
	Alarm    Alarm
	After    time.Duration
	Text     string
	Err      error
}
