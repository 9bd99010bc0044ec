package sequencer

import (
	"xlattice.org/zog/internal/marks"
	"xlattice.org/zog/internal/row"
	"xlattice.org/zog/messages/pzog"
)

// Decision is what the sequencer decided about a batch. It belongs to the caller.
type Decision struct {
	// Rows are the messages that are taken, each with its identity.
	Rows []row.Row
	// Held are the frames whose messages are duplicates, in the order of their ids.
	Held []Held
}

// ClientDecision is the Decision about a batch of a client.
type ClientDecision struct {
	Decision
	// Refused are frames that are not taken, in the order of their ids.
	Refused []Refused
	// Resent is the number of messages in Held.
	Resent int
}

// PeerDecision is the Decision about a batch of a peer.
type PeerDecision struct {
	Decision
	// Gap is the first message that is not taken because of a gap before it. Its Seq is 0
	// if there is none.
	Gap marks.Mark
	// AskRepair says that the peer is to be asked for a repair because of Gap.
	AskRepair bool
	// Holes are to be declared before Rows are taken.
	Holes []Hole
	// Conflict is the first duplicate whose text is known to differ from ours, if Conflicts
	// > 0.
	Conflict marks.Mark
	// Surplus is the first run that is not taken because its origin has too many. Its Boot
	// is 0 if there is none.
	Surplus marks.Run

	// The numbers of messages that are duplicates, and of those with another text here.
	Duplicates, Conflicts int
	// The numbers of messages that are not taken: of unwanted runs, and behind a gap.
	Unwanted, BehindGap int
}

// Held is frames with consecutive ids whose messages are duplicates, with consecutive seqs. They
// are answered once message Seq of Run, the last of them, is durable.
type Held struct {
	FirstID, LastID uint64
	Run             marks.Run
	Seq             uint64
}

// Refused is a frame whose text is not taken.
type Refused struct {
	ID     uint64
	Reason pzog.Refusal
	Text   []byte // to be shown, or its beginning; nil if that of another frame with the same reason is shown
}

// Hole is the messages First to Last of Run, which no host has any more.
type Hole struct {
	Run         marks.Run
	First, Last uint64
}

// Mark returns the mark of a host that has only the hole of the run.
func (h Hole) Mark() marks.Mark { return marks.Mark{Run: h.Run, Seq: h.Last, First: h.Last + 1} }

// hold adds frames to Held, in one entry with those before them if they continue it.
func (d *Decision) hold(h Held) {
	if n := len(d.Held); n > 0 {
		if last := &d.Held[n-1]; last.Run == h.Run && last.LastID+1 == h.FirstID && last.Seq+h.count() == h.Seq {
			last.LastID, last.Seq = h.LastID, h.Seq
			return
		}
	}
	d.Held = append(d.Held, h)
}

// count returns the number of messages.
func (h *Held) count() uint64 { return h.LastID - h.FirstID + 1 }
