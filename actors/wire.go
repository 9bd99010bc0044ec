package actors

import (
	"time"

	"xlattice.org/zog/internal/frame"
	"xlattice.org/zog/internal/marks"
	"xlattice.org/zog/internal/record"
	"xlattice.org/zog/messages/pzog"
)

// protocol is the version of org.xlattice.pzog that we speak.
const protocol = 1

// Vectors of marks that are not to be believed.
const (
	errVersion violation = "version of the protocol is not 1"
	errMark    violation = "a mark that no host can have"
)

// readMarks takes marks from the form of the wire.
func readMarks(wire []*pzog.Mark) ([]marks.Mark, error) {
	ms := make([]marks.Mark, len(wire))
	for i, m := range wire {
		if !validMark(m) {
			return nil, errMark
		}
		ms[i] = marks.Mark{Run: marks.Run{Origin: m.Origin, Boot: m.Boot}, Seq: m.Seq, First: m.First}
	}
	return ms, nil
}

// peerVector takes the vectors of a peer, each of which may come in several frames. However
// long one is, no more of it is kept than the Ledger has room for.
type vectorReader struct {
	begin   func(peer int, delta bool) *marks.VectorUpdate // of the Ledger
	peer    int
	partial *marks.VectorUpdate // of which not all frames have come, or nil
}

// add takes the marks of a frame, and returns the vector once it is complete, else nil.
// The first frame says whether it is a delta.
func (w *vectorReader) add(more, delta bool, part []marks.Mark) *marks.VectorUpdate {
	if w.partial == nil {
		w.partial = w.begin(w.peer, delta)
	}
	w.partial.Add(part)
	if more {
		return nil
	}
	complete := w.partial
	w.partial = nil
	return complete
}

// possible tells whether a host can have a mark. No number is so large that one that is
// computed from it can overflow.
func validMark(m *pzog.Mark) bool {
	return record.ValidRun(m.Origin, m.Boot) && m.Seq <= record.MaxSeq && m.First <= record.MaxSeq+1
}

// wireMarks puts marks into the form of the wire.
func wireMarks(ms []marks.Mark) []*pzog.Mark {
	wire := make([]*pzog.Mark, len(ms))
	for i, m := range ms {
		wire[i] = &pzog.Mark{Origin: m.Origin, Boot: m.Boot, Seq: m.Seq, First: m.First}
	}
	return wire
}

// appendKeepAlive appends what we say to a peer about our marks. It promises to speak
// at least once in an interval.
func (id *identity) appendKeepAlive(dst []byte, ms []marks.Mark, delta bool, interval time.Duration, boot uint64) []byte {
	return frame.AppendKeepAlive(dst, &pzog.KeepAlive{
		Version:    protocol,
		Host:       id.Name(),
		Ring:       id.digest(),
		RingName:   id.ringName(delta),
		Marks:      wireMarks(ms),
		Delta:      delta,
		IntervalMs: uint32((interval + time.Millisecond - 1) / time.Millisecond),
		Boot:       boot,
	}, frame.PeerLimit)
}

// promised returns how often the sender of a KeepAlive says that it speaks, 0 if it
// does not say.
func announcedInterval(k *pzog.KeepAlive) time.Duration {
	return time.Duration(k.IntervalMs) * time.Millisecond
}

// appendAckPart appends the beginning of an answer, without marks.
func (id *identity) appendAckPart(dst []byte) []byte {
	return frame.AppendPart(dst, &pzog.Ack{Version: protocol, Host: id.Name(), Ring: id.digest(), More: true})
}

// appendAck appends what we answer a peer about our marks; with repair it asks
// for what they lack.
func (id *identity) appendAck(dst []byte, ms []marks.Mark, delta, repair bool) []byte {
	return frame.AppendAck(dst, &pzog.Ack{
		Version:  protocol,
		Host:     id.Name(),
		Ring:     id.digest(),
		RingName: id.ringName(delta),
		Marks:    wireMarks(ms),
		Repair:   repair,
		Delta:    delta,
	}, frame.PeerLimit)
}

// ringName returns the name of our ring, for a greeting: a delta needs none.
func (id *identity) ringName(delta bool) string {
	if delta {
		return ""
	}
	return id.Ring().Ring
}
