// Package follow decides what a client that follows the log is sent, and where that begins.
//
// A follower is a position in the log of a host: a version vector, which has all that the
// client has. A [Cursor] moves it along the log. It is given the rows of the log in their
// order, as journal.Reader returns them, and appends frames to a buffer: Data for each
// message that the position lacks, and before a message an Ack that tells a hole, if there
// is one before it.
//
//	c := follow.NewCursor("MV", position)
//	buf = c.AppendPosition(buf)    // the answer to the client
//	buf = c.Append(buf, rows)      // what the log has
//	buf = c.AppendHoles(buf, held) // at the end of the log: what it does not have any more
package follow

import (
	"xlattice.org/zog/internal/frame"
	"xlattice.org/zog/internal/marks"
	"xlattice.org/zog/internal/relay"
	"xlattice.org/zog/internal/row"
	"xlattice.org/zog/messages/pzog"
)

// protocol is the version of org.xlattice.pzog.
const protocol = 1

// Cursor is what one follower is sent. It is not safe for concurrent use.
type Cursor struct {
	host string // the name of this host

	// seen is the position: what the client has, was sent, or was told to be a hole.
	// Invariant: it never goes back, so no message is sent twice.
	seen   *marks.Vector
	lastID uint64 // the id of the last Data
}

// NewCursor returns the Cursor of a client that has what position says, and owns position.
func NewCursor(host string, position *marks.Vector) *Cursor {
	return &Cursor{host: host, seen: position}
}

// Position returns a copy of the position.
func (c *Cursor) Position() *marks.Vector { return c.seen.Clone() }

// AppendPosition appends the position as the Ack that answers the client: it is the only one
// without delta.
func (c *Cursor) AppendPosition(dst []byte) []byte {
	return c.appendAck(dst, c.seen.Marks(), false)
}

// Append appends frames for those of the messages that the position lacks, and moves it behind
// them. rows follow in the log on those of the Append before.
func (c *Cursor) Append(dst []byte, rows []row.Row) []byte {
	for i := range rows {
		r := &rows[i]
		have, from := c.seen.Seq(r.Run), 0
		switch {
		case have >= r.Last():
			continue
		case have >= r.Seq:
			from = int(have + 1 - r.Seq)
		case have+1 < r.Seq:
			dst = c.appendHoles(dst, []marks.Mark{{Run: r.Run, Seq: r.Seq - 1, First: r.Seq}})
		}
		c.seen.Raise(r.Run, r.Last())
		dst = relay.AppendRow(dst, r, from, c.lastID+1, 0)
		c.lastID += uint64(r.Len() - from)
	}
	return dst
}

// AppendHoles tells what the position lacks and the log, which was read to its end, does not
// have any more: the messages before the First of each mark. held is what the log held before
// it was read.
func (c *Cursor) AppendHoles(dst []byte, held *marks.Vector) []byte {
	var holes []marks.Mark
	for m := range held.All() {
		if c.seen.Seq(m.Run)+1 < m.First {
			holes = append(holes, marks.Mark{Run: m.Run, Seq: m.First - 1, First: m.First})
		}
	}
	return c.appendHoles(dst, holes)
}

func (c *Cursor) appendHoles(dst []byte, holes []marks.Mark) []byte {
	if len(holes) == 0 {
		return dst
	}
	for _, m := range holes {
		c.seen.Raise(m.Run, m.Seq)
	}
	return c.appendAck(dst, holes, true)
}

func (c *Cursor) appendAck(dst []byte, ms []marks.Mark, delta bool) []byte {
	wire := make([]*pzog.Mark, len(ms))
	for i, m := range ms {
		wire[i] = &pzog.Mark{Origin: m.Origin, Boot: m.Boot, Seq: m.Seq, First: m.First}
	}
	return frame.AppendAck(dst, &pzog.Ack{Version: protocol, Host: c.host, Marks: wire, Delta: delta}, frame.ClientLimit)
}
