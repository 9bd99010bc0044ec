// Package relay decides which messages a link sends to its peer, and in which frames.
//
// The messages of a host have one order, and each link to a peer moves along it
// (docs/architecture.md, The path of a message). A [Cursor] is what such a link sends and
// has in flight, without its socket. It is given rows, leaves out those that the tree gives
// to others and those that the peer has, and appends Data frames for the rest to a buffer.
// It keeps account of the frames that are not answered.
//
//	c.Begin(marks, false)                // at the peer's first Ack
//	buf = c.Append(buf, rows, up)        // frames for the messages that go to the peer
//	c.Sent(now)                          // the buffer was written
//	lost, err := c.Answered(id, ok, now) // an Ok of the peer
//
// Most messages go to one or two links of a host. A [Tree] tells to which, so that the
// others need not be given them.
package relay

import (
	"errors"
	"time"

	"xlattice.org/zog/internal/frame"
	"xlattice.org/zog/internal/marks"
	"xlattice.org/zog/internal/ring"
	"xlattice.org/zog/internal/row"
)

var errNeverSent = errors.New("ok for an id that was never sent")

// Cursor is the sending side of one connection to a peer. It is not safe for concurrent
// use.
type Cursor struct {
	tree *Tree
	peer int

	// offered is what the peer has or was sent: its own marks, raised by what was sent on
	// this connection.
	offered *marks.Vector
	// all says that this is a repair: all that the peer lacks is sent, not only what the
	// tree gives to this link.
	all bool

	beginID  uint64 // the last id before Begin
	lastID   uint64 // the last id of a frame
	written  uint64 // the last id that was written. Invariant: beginID <= lastID, written <= lastID
	unsent   int    // bytes appended and not written
	inFlight []write
	bytes    int // in inFlight
	pace     pace
}

// write is the frames of one write that has not been answered.
type write struct {
	lastID uint64
	bytes  int
	at     time.Time
}

// New returns the Cursor of host self for a new connection to peer. index returns the index
// of a host of the ring by name.
func New(plan ring.Plan, self, peer int, index func(string) (int, bool)) *Cursor {
	return &Cursor{tree: NewTree(plan, self, index), peer: peer, offered: new(marks.Vector)}
}

// Begin sets the marks of the peer, and owns them from now on. After it, the tree decides
// what is sent, or, with all, everything is sent that the peer lacks: a repair. Frames that
// were sent before are no longer in flight: the marks are newer, and show what of them was
// taken.
func (c *Cursor) Begin(peer *marks.Vector, all bool) {
	c.offered, c.all = peer, all
	c.inFlight, c.bytes, c.beginID = nil, 0, c.lastID
}

// Repairing reports whether this is a repair.
func (c *Cursor) Repairing() bool { return c.all }

// EndRepair ends the repair: the tree decides again.
func (c *Cursor) EndRepair() { c.all = false }

// Append appends a Data frame for each message of rows that goes to the peer. up is the set
// of hosts that links reach.
func (c *Cursor) Append(dst []byte, rows []row.Row, up ring.Set) []byte {
	before := len(dst)
	for i := range rows {
		r := &rows[i]
		from := 0
		if has := c.offered.Seq(r.Run); has >= r.Last() {
			continue
		} else if has >= r.Seq {
			from = int(has + 1 - r.Seq)
		}
		wrapping, ok := c.decide(r, up)
		if !ok {
			continue
		}
		c.offered.Raise(r.Run, r.Last())
		dst = AppendRow(dst, r, from, c.lastID+1, wrapping)
		c.lastID += uint64(r.Len() - from)
	}
	c.unsent += len(dst) - before
	return dst
}

// AppendRow appends frames of the messages of r from one on, the ids of which count up from id.
func AppendRow(dst []byte, r *row.Row, from int, id uint64, wrapping uint32) []byte {
	h := r.At(from)
	d := frame.Data{
		Wrapping: wrapping, ID: id, Origin: []byte(h.Origin), Boot: h.Boot, Seq: h.Seq, TimeMS: h.Time * 1000,
		Session: h.Session, Number: h.Number, MinCopies: h.MinCopies,
	}
	var frames frame.RowEncoder
	for i := from; i < r.Len(); i++ {
		d.Text = r.Text(i)
		dst = frames.Append(dst, &d)
		d.Advance()
	}
	return frames.End(dst)
}

// decide reports whether a row goes to the peer, and with which wrapping.
func (c *Cursor) decide(r *row.Row, up ring.Set) (wrapping uint32, send bool) {
	t := c.tree
	t.compute(r, up)
	switch {
	case !c.all:
		return t.wrappingFor(c.peer)
	case !t.known: // not in the ring file: sent by repair only
		return 0, true
	}
	return t.plan.Wrapping(t.at, c.peer), true
}

// Sent notes that all that was appended has been written now. It returns the number of
// frames.
func (c *Cursor) Sent(now time.Time) (frames uint64) {
	if c.lastID == c.written {
		return 0
	}
	frames = c.lastID - c.written
	c.inFlight = append(c.inFlight, write{lastID: c.lastID, bytes: c.unsent, at: now})
	c.bytes += c.unsent
	c.written, c.unsent = c.lastID, 0
	return frames
}

// Answered notes that the peer has answered all frames up to id. took says whether it took
// them: it does not take frames behind a gap. lost is true if such frames were sent after
// Begin. It is an error if id was never sent: the peer breaks the protocol.
func (c *Cursor) Answered(id uint64, took bool, now time.Time) (lost bool, err error) {
	if id > c.written {
		return false, errNeverSent
	}
	n, before := 0, c.bytes
	for n < len(c.inFlight) && c.inFlight[n].lastID <= id {
		c.bytes -= c.inFlight[n].bytes
		n++
	}
	c.pace.answered(before-c.bytes, now)
	if n < len(c.inFlight) {
		c.inFlight = c.inFlight[n:]
	} else {
		c.inFlight = c.inFlight[:0] // its memory is used again
	}
	return !took && id > c.beginID, nil
}

// Full reports whether so many bytes are in flight that nothing more is to be sent.
func (c *Cursor) Full() bool { return c.bytes >= c.pace.limit() }

// Oldest returns when the oldest unanswered frame was sent. It is false if all are
// answered.
func (c *Cursor) Oldest() (time.Time, bool) {
	if len(c.inFlight) == 0 {
		return time.Time{}, false
	}
	return c.inFlight[0].at, true
}
