package messages

import (
	"net/netip"
	"time"

	"github.com/asynkron/protoactor-go/actor"

	"xlattice.org/zog/internal/marks"
	"xlattice.org/zog/internal/ring"
	"xlattice.org/zog/internal/row"
	"xlattice.org/zog/internal/sequencer"
	"xlattice.org/zog/internal/verify"
	"xlattice.org/zog/messages/pzog"
)

// Batch is the messages that one read of one connection brought: a *ClientBatch or a
// *PeerBatch. It goes from the connection to the router, as part of a Taken from there to
// the access log, and back to the connection, and belongs to whoever has it.
type Batch interface {
	// Common returns what all batches have.
	Common() *Frames
}

// Frames are the Data frames of a batch.
type Frames struct {
	// Source is the connection, which waits for Logged or Abandon.
	Source *actor.PID
	// The ids of the frames on the connection.
	FirstID, LastID uint64
	// Credit is the batch's place in the connection's window.
	Credit Credit
	// Weight is about how much memory the batch takes until it is answered, in bytes.
	Weight int64
}

// Common implements Batch.
func (f *Frames) Common() *Frames { return f }

// ClientBatch is a batch from a client. Its messages have no identity yet.
type ClientBatch struct {
	Frames
	Rows []row.Unidentified
	// Refused are the frames that had no fit text.
	Refused []sequencer.Refused
	// MinCopies and Timeout are what the client asked for, for all its messages.
	MinCopies int
	Timeout   time.Duration
	// Inside says that the batch counts as on its way to the log, for the order among clients.
	InFlight bool
}

// PeerBatch is a batch from a peer.
type PeerBatch struct {
	Frames
	Peer int
	Rows []row.Row
}

// Taken is what the router took of a batch: a *ClientTaken, a *PeerTaken or a *Retaken.
type Taken interface {
	// Common returns what the access log needs to know.
	Common() *Entry
}

// Entry is what the log gets of a batch. Its rows are shared with the links, and nobody
// writes to what is in them.
type Entry struct {
	// Source is whom Abandon is sent to if the log cannot take it.
	Source *actor.PID
	Rows   []row.Row
	// Holes are declared before the rows: of each run the messages up to Seq
	// are not to be had from anybody any more.
	Holes []marks.Mark
	// Begins and Position are the window's positions before and behind the rows.
	Begins, Position uint64
}

// Common implements Taken.
func (e *Entry) Common() *Entry { return e }

// ClientTaken is what was taken of a client's batch.
type ClientTaken struct {
	Entry
	Batch *ClientBatch
	// Held are the frames whose messages are here already: they are answered when the
	// log has these.
	Duplicates []sequencer.Held
}

// PeerTaken is what was taken of a peer's batch.
type PeerTaken struct {
	Entry
	Batch *PeerBatch
	// Held are the frames whose messages are here already: they are answered when the
	// log has these. Gap is the first message that was not taken because others are
	// missing before it; its Seq is 0 if there is none.
	Duplicates []sequencer.Held
	Gap        marks.Mark
}

// Retaken is messages of a void run that were taken again. No connection waits for them.
type Retaken struct{ Entry }

// FromClient stands for a peer where a connection is that of a client.
const FromClient = -1

// Credit limits how many batches of a connection are under way. The reader
// takes one a batch; the connection's actor returns it when it has dealt with
// the batch, which for a client's means answered it. When none is left the
// socket is not read.
type Credit chan struct{}

// Return gives the credit back. It is never blocked: there are as many places
// as credits were taken.
func (c Credit) Return() { <-c }

// The messages between actors; the table in doc.go says who sends them, to
// whom, what follows, and what becomes of it if one is lost.
type (
	// Adopt hands an accepted connection over.
	Adopt struct {
		Conn *AcceptedConn
		Peer int // the host that it comes from, or FromClient
	}

	// Take asks for a batch to be taken: given identities if it came from a
	// client, checked against the marks if it came from a peer.
	Take struct{ Batch Batch }

	// Append asks for a batch that was taken to be logged.
	Append struct{ Batch Taken }

	// Logged says that a batch is in the log, by the policy for syncing. A client's
	// connection gets a *ClientTaken, a peer's a *PeerTaken.
	Logged struct{ Batch Taken }

	// Appended says how far runs are in the log now; one with Seq 0 is
	// forgotten.
	Appended struct{ Marks []marks.Mark }

	// RolledBack says that the log has lost what was not yet durable, before
	// the batch at Position at the latest.
	RolledBack struct{ Position uint64 }

	// Refuse asks for all messages of a batch from a client to be refused:
	// none of them was taken.
	Refuse struct {
		Batch  *ClientBatch
		Reason pzog.Refusal
		Detail string
	}

	// Damaged says that a part of the log could not be read as it was written.
	Damaged struct{ Err error }

	// Abandon asks for a connection, or all of them, to be closed.
	Abandon struct{ Reason error }

	// Advanced says that the durable marks of the origin that a connection
	// comes from are now at Marks, or, to a client's, that what it waits for is there.
	Advanced struct{ Marks []marks.Mark }

	// Greeted says that a peer has said its name on a new connection.
	Greeted struct{ Peer int }

	// Heard says that a peer has told its marks; Ledger.HeardFrom has them.
	Heard struct {
		Peer     int
		Wanted   []marks.Run // of which the peer has what we lack and take: some at the most
		Greeting bool        // the first word on its connection
	}

	// Exceeded says that a peer claims to hold more of our present run than it can have
	// been given: the run is void, by the Ledger.
	Exceeded struct{}

	// Gone says that a connection has ended: to the router, that a peer has no other; to
	// the survey, with FromClient, which client's it was.
	Gone struct {
		Peer int
		Conn *actor.PID // a client's
	}

	// AskRepair asks a peer, over its connection, to send what we lack.
	AskRepair struct{}

	// Redial ends a link's waiting before its next try: the peer is up.
	Redial struct{}

	// Locate asks from which position on the window has all a peer lacks.
	Locate struct {
		Peer  int
		Link  *actor.PID
		Marks *marks.Vector // the peer's
	}

	// Located answers Locate. Without OK the window begins too late.
	Located struct {
		Position uint64
		OK       bool
		Marks    *marks.Vector // the pointer in Locate: it tells which one is answered
	}

	// Pull asks for what is behind a position, now or when there is any for the peer:
	// what the tree gives to others alone is passed over.
	Pull struct {
		Peer     int
		Link     *actor.PID
		Position uint64
		Now      bool // even if there is nothing: the link wants to know
		Every    bool // also when there is only what is for others
	}

	// Forward answers Pull. Without OK the position has left the window.
	Forward struct {
		Position uint64 // that was asked for
		Rows     [][]row.Row
		Next     uint64 // behind the rows
		End      bool   // nothing is behind them yet
		Up       ring.Set
		OK       bool
	}

	// Reached says whether a link can carry messages to its peer.
	Reached struct {
		Peer int
		Up   bool
	}

	// Survey asks what the log on disk has of some ranges. Until it is answered
	// it is asked again, with the same Number; whoever gets it twice counts it
	// once. Without ranges it asks for a place: they are still coming.
	Survey struct {
		Conn   *actor.PID
		From   netip.Prefix // where the client is
		Number int          // of the survey, among those of this connection
		Ranges []marks.Mark // disjoint; not changed by anybody
	}

	// Surveyed answers Survey.
	Surveyed struct {
		Number  int
		Digests []verify.Digest // in the order of the ranges
		Refused string          // instead: there is no place for it, and why
		Err     error           // instead: the client is to be sent away
	}

	// Watch asks the scheduler to look after a connection.
	Watch struct {
		Conn    *actor.PID
		Pulse   *Pulse
		Dialled bool // we speak first on it
	}

	// Unwatch ends Watch.
	Unwatch struct{ Conn *actor.PID }

	// Unsettled says that the marks have changed, or the times of the ring
	// file: peers are to be told soon.
	MarksChanged struct{}

	// Speak asks a link to send a KeepAlive.
	Speak struct{}

	// Silence says that a connection, the one that has Pulse, was silent for too long.
	Silence struct{ Pulse *Pulse }

	// Report asks for a line in error.log.
	Report struct {
		At     time.Time
		Remote string
		Reason string
		Raw    []byte
	}

	// Reopen asks a log to look for its file again, after a rename.
	Reopen struct{}

	// Drain asks an actor to take no more, finish, and say Drained or stop.
	Drain struct{}

	// Drained answers Drain.
	Drained struct{ Who *actor.PID }
)
