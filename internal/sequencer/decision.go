package sequencer

import (
	"xlattice.org/zog/internal/marks"
	"xlattice.org/zog/internal/row"
	"xlattice.org/zog/messages/pzog"
)

// Decision is what becomes of a batch, whoever sent it. It belongs to the caller.
type Decision struct {
	// Rows are the messages that are taken, each with its identity.
	Rows []row.Row
	// Held are the frames whose messages are here already, in the order of their ids.
	Held []Held
}

// ClientDecision is what becomes of a batch from a client.
type ClientDecision struct {
	Decision
	// Refused are frames that are not taken, in the order of their ids.
	Refused []Refused
	// Resent counts the messages that are held.
	Resent int
}

// PeerDecision is what becomes of a batch from a peer.
type PeerDecision struct {
	Decision
	// Gap is the first message that is not taken because others are missing before it.
	// Its Seq is 0 if there is none.
	Gap marks.Mark
	// AskRepair says that the peer is to be asked for a repair because of Gap.
	AskRepair bool
	// Holes are declared before Rows are taken.
	Holes []Hole
	// Conflict is the first duplicate whose text is known to be another here, if there
	// are Conflicts.
	Conflict marks.Mark
	// Surplus is the first run of which nothing is taken because its origin has too many,
	// if its Boot is not 0.
	Surplus marks.Run

	// Messages that are here already, and those of them that have another text here.
	Duplicates, Conflicts int
	// Messages that are not taken: of runs that are not wanted, and behind a gap.
	Unwanted, BehindGap int
}

// Held is a row of frames whose messages are here already. They are answered once message
// Seq of Run, which is that of the last, is durable.
type Held struct {
	FirstID, LastID uint64
	Run             marks.Run
	Seq             uint64
}

// Refused is a frame whose text is not taken.
type Refused struct {
	ID     uint64
	Reason pzog.Refusal
	Text   []byte // its beginning, to be shown; nil if another one with this reason has it
}

// Hole is messages First to Last of Run, which no host has any more.
type Hole struct {
	Run         marks.Run
	First, Last uint64
}

// Mark returns the mark of the run of a host that has nothing else of it than the hole.
func (h Hole) Mark() marks.Mark { return marks.Mark{Run: h.Run, Seq: h.Last, First: h.Last + 1} }

// hold notes frames whose messages are here, in one row with those before them if they
// go on it.
func (d *Decision) hold(h Held) {
	if n := len(d.Held); n > 0 {
		if last := &d.Held[n-1]; last.Run == h.Run && last.LastID+1 == h.FirstID && last.Seq < h.Seq {
			last.LastID, last.Seq = h.LastID, h.Seq
			return
		}
	}
	d.Held = append(d.Held, h)
}
