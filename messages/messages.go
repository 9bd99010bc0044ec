package messages

import (
	"time"

	"github.com/asynkron/protoactor-go/actor"

	"xlattice.org/zog/internal/marks"
	"xlattice.org/zog/internal/ring"
	"xlattice.org/zog/internal/row"
	"xlattice.org/zog/internal/sequencer"
	"xlattice.org/zog/internal/verify"
	"xlattice.org/zog/messages/pzog"
)

// Batch is the messages that one read of a connection brought: a *ClientBatch or a
// *PeerBatch. The connection sends it to the router, which sends it on to the access log as
// part of a Taken, which returns it to the connection. It belongs to the actor that has it.
type Batch interface {
	// Common returns what all batches have.
	Common() *Frames
}

// Frames are the Data frames of a batch.
type Frames struct {
	// Source is the connection, which waits for Logged, Refuse or Abandon.
	Source *actor.PID
	// FirstID and LastID are the ids of the first and the last frame.
	FirstID, LastID uint64
	// Credit is returned when the connection has dealt with the batch.
	Credit Credit
	// Weight is about how much memory the batch uses until it is answered, in bytes.
	Weight int64
	// Stale says that the batch may have been sent while this process was stopped.
	Stale bool
}

// Common implements Batch.
func (f *Frames) Common() *Frames { return f }

// ClientBatch is a batch from a client. Its messages have no identity yet.
type ClientBatch struct {
	Frames
	Rows []row.Unidentified
	// Refused are the frames whose texts are not accepted.
	Refused []sequencer.Refused
	// MinCopies and Timeout are what the client asked for, the same for all messages.
	MinCopies int
	Timeout   time.Duration
	// InFlight says that the batch counts in the fair queue of the clients: it is on its way to
	// the log.
	InFlight bool
}

// PeerBatch is a batch from a peer.
type PeerBatch struct {
	Frames
	Peer int
	Rows []row.Row
}

// Taken is what the router took from a batch: a *ClientTaken, a *PeerTaken or a *Retaken.
type Taken interface {
	// Common returns what the access log needs.
	Common() *Entry
}

// Entry is what the access log needs of a batch. The links share its rows, so nobody changes
// them.
type Entry struct {
	// Source gets Abandon if the log cannot take the rows.
	Source *actor.PID
	Rows   []row.Row
	// Holes are declared before the rows are written: no host has the messages of the run up
	// to Seq any more.
	Holes []marks.Mark
	// Begins and Position are the positions before and behind the rows.
	Begins, Position uint64
}

// Common implements Taken.
func (e *Entry) Common() *Entry { return e }

// ClientTaken is what was taken from a client's batch.
type ClientTaken struct {
	Entry
	Batch *ClientBatch
	// Duplicates are the frames whose messages the host has already. They are answered when
	// these are in the log.
	Duplicates []sequencer.Held
}

// PeerTaken is what was taken from a peer's batch.
type PeerTaken struct {
	Entry
	Batch *PeerBatch
	// Duplicates are the frames whose messages the host has already. They are answered when
	// these are in the log.
	Duplicates []sequencer.Held
	// Gap is the first message that was not taken because of a gap before it; Seq 0 is none.
	Gap marks.Mark
}

// Retaken is messages of a void run that were taken again. No connection waits for them.
type Retaken struct{ Entry }

// Instead of the index of a peer.
const (
	FromClient = -1 // for a client's connection
	FromWhom   = -2 // for a connection at the peer port whose handshake tells who it is
)

// Credit limits how many batches of a connection are under way. The reader takes one for each
// batch. The connection's actor returns it when it has dealt with the batch; a batch from a
// client is dealt with when it is answered. While none is left, the socket is not read.
type Credit chan struct{}

// Return gives a credit back. It never blocks: one was taken before.
func (c Credit) Return() { <-c }

// The messages between actors. The table in doc.go says who sends them to whom, what follows,
// and what happens if one is lost.
type (
	// Adopt passes an accepted connection on, which belongs to the receiver.
	Adopt struct {
		Conn *AcceptedConn
		Peer int // the host that it comes from, or FromClient, or FromWhom
	}

	// Take asks to take a batch: to give its messages identities if it came from a client, to
	// compare them with the marks if it came from a peer.
	Take struct{ Batch Batch }

	// Append asks to write a batch that was taken to the log.
	Append struct{ Batch Taken }

	// Logged says that a batch is in the log, synced as log.fsync says. Batch is a *ClientTaken
	// for a client's connection, and a *PeerTaken for a peer's.
	Logged struct{ Batch Taken }

	// Appended says how far runs are in the log now. A run with Seq 0 is forgotten.
	Appended struct{ Marks []marks.Mark }

	// RolledBack says that the log has lost what was not durable, from the batch at Position on
	// or from an earlier one.
	RolledBack struct{ Position uint64 }

	// Refuse asks to refuse all messages of a client's batch: none of them was taken.
	Refuse struct {
		Batch  *ClientBatch
		Reason pzog.Refusal
		Detail string
	}

	// Damaged says that a part of the log does not read as it was written.
	Damaged struct{ Err error }

	// Abandon asks to close a connection, or all of them.
	Abandon struct{ Reason error }

	// TrustChanged says that the ring file in force has other certificates, or that time has
	// passed: connections that would not pass any more are to be closed.
	TrustChanged struct{}

	// Advanced says that durable marks have moved. For a peer's connection, Marks are the marks
	// of its own runs, and Awaited says that a client waits for copies of messages of one of
	// them. For a client's connection, what it waits for has come true.
	Advanced struct {
		Marks   []marks.Mark
		Awaited bool
	}

	// Greeted says that a peer has sent its greeting on a new connection.
	Greeted struct{ Peer int }

	// Heard says that a peer has sent its marks, which are in Ledger.HeardFrom.
	Heard struct {
		Peer     int
		Wanted   []marks.Run // some of the runs of which the peer has what we lack and would take
		Greeting bool        // these are the first marks on the connection
	}

	// Exceeded says that a peer claims to hold more of our present run than it can have been
	// given. The Ledger has made the run void.
	Exceeded struct{}

	// Gone says that a connection has ended. For the router, Peer has no other connection. For
	// the survey, Peer is FromClient and Conn the client's connection.
	Gone struct {
		Peer int
		Conn *actor.PID
	}

	// AskRepair asks a connection to ask its peer for what we lack.
	AskRepair struct{}

	// Redial ends a link's pause before its next dial: the peer is up.
	Redial struct{}

	// Locate asks for the position from which on the window has all that a peer lacks.
	Locate struct {
		Peer  int
		Link  *actor.PID
		Marks *marks.Vector // the peer's
	}

	// Located answers Locate. If OK is false, the window does not reach back far enough.
	Located struct {
		Position uint64
		OK       bool
		Marks    *marks.Vector // the pointer in Locate, which tells which Locate is answered
	}

	// Pull asks for what is behind a position, as soon as there is something for the peer.
	// Messages that the tree gives only to others are skipped.
	Pull struct {
		Peer     int
		Link     *actor.PID
		Position uint64
		Now      bool // answer at once, even if there is nothing
		Every    bool // answer also when there are only messages for others
	}

	// Forward answers Pull. If OK is false, the position has left the window.
	Forward struct {
		Position uint64 // as in Pull
		Rows     [][]row.Row
		Next     uint64   // the position behind the rows
		End      bool     // there is nothing behind the rows yet
		Up       ring.Set // the peers with a live link
		OK       bool
	}

	// Reached says whether a link is live: whether the tree may use it.
	Reached struct {
		Peer int
		Up   bool
	}

	// Survey asks what the log on disk has of some ranges. Until it is answered it is sent again
	// with the same Number, and the receiver counts it once. Without ranges it asks for a place
	// in the queue, as the ranges are still to come.
	Survey struct {
		Conn   *actor.PID
		From   string       // the client's address or network, or the name and roles of its certificate
		Number int          // of the survey, on this connection
		Ranges []marks.Mark // disjoint; nobody changes them
	}

	// Surveyed answers Survey.
	Surveyed struct {
		Number  int
		Digests []verify.Digest // in the order of the ranges
		Refused string          // why there is no place for it; there are no Digests then
		Err     error           // why the connection is to be closed; there are no Digests then
	}

	// AskRead asks for a turn to read the log for a follower: at once, or with Grown when the log
	// is longer than Position. It may be asked for again.
	AskRead struct {
		Follower *actor.PID
		Grown    bool
		Position uint64
	}

	// MayRead gives a follower its turn.
	MayRead struct{}

	// HasRead says that a follower's turn is over.
	HasRead struct{ Follower *actor.PID }

	// Grown says that the log has grown, or has lost lines by retirement.
	Grown struct{}

	// Followed gives frames to the connection of a client that follows the log. The pieces of a
	// connection are numbered 1, 2, 3 ... Without Frames it asks whether those up to Number were
	// written. If Err is set, the connection is to be closed.
	Followed struct {
		Number uint64
		Frames []byte // belongs to the receiver
		Err    error
	}

	// Written says that the pieces up to a number were written to the client's connection.
	Written struct{ Number uint64 }

	// Watch asks the scheduler to watch a connection.
	Watch struct {
		Conn    *actor.PID
		Pulse   *Pulse
		Dialled bool // we dialled, so we send the KeepAlives
	}

	// Unwatch ends Watch.
	Unwatch struct{ Conn *actor.PID }

	// MarksChanged says that marks, or the times of the ring file, have changed: peers are to
	// be told soon.
	MarksChanged struct{}

	// Speak asks a link to send a KeepAlive.
	Speak struct{}

	// Silence says that the connection with this Pulse was silent for too long.
	Silence struct{ Pulse *Pulse }

	// Report asks for a line in error.log.
	Report struct {
		At     time.Time
		Remote string
		Reason string
		Raw    []byte
	}

	// Reopen asks a log to open its file again, as it may have been renamed.
	Reopen struct{}

	// Drain asks an actor to finish what it has, to take no more, and to send Drained or stop.
	Drain struct{}

	// Drained answers Drain.
	Drained struct{ Who *actor.PID }
)
