package actors

import (
	"time"

	"xlattice.org/zog/internal/frame"
	"xlattice.org/zog/internal/marks"
	"xlattice.org/zog/internal/record"
	"xlattice.org/zog/messages/pzog"
)

// protocol is the version of org.xlattice.pzog that this host speaks.
const protocol = 1

// Violations of peers and clients in frames that are not Data.
const (
	errVersion violation = "version of the protocol is not 1"
	errMark    violation = "a mark that no host can have"
)

// readMarks converts marks from the wire.
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

// vectorReader collects the version vectors of a peer, each of which may come in several
// frames. It keeps no more of one than the Ledger has room for.
type vectorReader struct {
	begin   func(peer int, delta bool) *marks.VectorUpdate // of the Ledger
	peer    int
	partial *marks.VectorUpdate // whose frames have not all come, or nil
}

// add adds the marks of a frame, and returns the vector if it is complete, otherwise nil. The
// first frame says whether the vector is a delta.
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

// validMark tells whether a host can have a mark. The numbers of a valid mark are so small that
// nothing computed from them overflows.
func validMark(m *pzog.Mark) bool {
	return record.ValidRun(m.Origin, m.Boot) && m.Seq <= record.MaxSeq && m.First <= record.MaxSeq+1
}

// wireMarks converts marks to the wire.
func wireMarks(ms []marks.Mark) []*pzog.Mark {
	wire := make([]*pzog.Mark, len(ms))
	for i, m := range ms {
		wire[i] = &pzog.Mark{Origin: m.Origin, Boot: m.Boot, Seq: m.Seq, First: m.First}
	}
	return wire
}

// appendKeepAlive appends a KeepAlive with marks, and with the interval at which they follow.
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

// announcedInterval returns the interval at which the sender of a KeepAlive sends them, 0 if it
// does not say.
func announcedInterval(k *pzog.KeepAlive) time.Duration {
	return time.Duration(k.IntervalMs) * time.Millisecond
}

// appendAckPart appends the beginning of an Ack, without marks.
func (id *identity) appendAckPart(dst []byte) []byte {
	return frame.AppendPart(dst, &pzog.Ack{Version: protocol, Host: id.Name(), Ring: id.digest(), More: true})
}

// appendAck appends an Ack with marks. With repair it asks for what they lack.
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

// appendClientSign appends a sign of life for a client.
func (id *identity) appendClientSign(dst []byte) []byte {
	return frame.AppendAck(dst, &pzog.Ack{Version: protocol, Host: id.Name(), Delta: true}, frame.ClientLimit)
}

// ringName returns the name of our ring for a greeting. A delta has none.
func (id *identity) ringName(delta bool) string {
	if delta {
		return ""
	}
	return id.Ring().Ring
}
