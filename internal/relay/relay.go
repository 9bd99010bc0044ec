// Package relay decides which messages go to whom, and in which frames.
//
// A host's messages lie in one order, and each link to a peer moves along it
// (DESIGN 4). A Cursor is such a link without its socket: it is shown row after
// row, leaves out what the tree gives to others or the peer has already, and
// appends the frames of the rest to a buffer. It also keeps account of what is
// sent and not answered.
//
//	c.Begin(marks, false)                // by the peer's first Ack
//	buf = c.Append(buf, rows, up)        // frames for what concerns the peer
//	c.Sent(now)                          // they were written
//	lost, err := c.Answered(id, ok, now) // the peer's Ok
//
// Most messages concern one or two links of a host. A [Tree] tells which, so that the
// others need not be shown them.
package relay

import (
	"errors"
	"time"

	"xlattice.org/zog/internal/frame"
	"xlattice.org/zog/internal/marks"
	"xlattice.org/zog/internal/ring"
	"xlattice.org/zog/internal/row"
)

// ErrNeverSent says that a peer answered an id that it was never sent.
var ErrNeverSent = errors.New("ok for an id that was never sent")

// Cursor is the sending side of one connection to a peer. It is not safe for
// concurrent use.
type Cursor struct {
	tree *Tree
	peer int

	// offered is what the peer has or was sent, as far as this connection
	// knows: its own word, raised by what was sent.
	offered *marks.Vector
	// all says that the peer has asked for everything, not only what the
	// tree gives to this link.
	all bool

	beginID  uint64 // the last id before Begin
	lastID   uint64 // given to a frame
	written  uint64 // handed to the socket
	unsent   int    // bytes between the two
	inFlight []write
	bytes    int // in flight
	pace     pace
}

// write is the frames of one write that has not been answered.
type write struct {
	lastID uint64
	bytes  int
	at     time.Time
}

// New returns the Cursor of host self for a new connection to peer. index
// finds a host of the ring by name.
func New(plan ring.Plan, self, peer int, index func(string) (int, bool)) *Cursor {
	return &Cursor{tree: NewTree(plan, self, index), peer: peer, offered: new(marks.Vector)}
}

// Begin sets what the peer has, by its own word, which it takes over. From
// here on the tree decides what is sent or, with all, everything is that the
// peer lacks: a repair. Frames that were sent before are no longer in flight:
// the peer's word is newer, and what they brought or not is in it.
func (c *Cursor) Begin(peer *marks.Vector, all bool) {
	c.offered, c.all = peer, all
	c.inFlight, c.bytes, c.beginID = nil, 0, c.lastID
}

// Repairing tells whether everything is sent.
func (c *Cursor) Repairing() bool { return c.all }

// EndRepair goes back to the tree.
func (c *Cursor) EndRepair() { c.all = false }

// Append appends a Data frame for each message of rows that is to go to the peer.
// up is the set of hosts that links reach.
func (c *Cursor) Append(dst []byte, rows []row.Row, up ring.Set) []byte {
	before := len(dst)
	for i := range rows {
		r := &rows[i]
		from, n := 0, r.Len()
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
		h := r.At(from)
		frames := frame.NewRowCodec(&frame.Data{
			Wrapping: wrapping, ID: c.lastID + 1, Origin: []byte(h.Origin), Boot: h.Boot, Seq: h.Seq, TimeMS: h.Time * 1000,
			Session: h.Session, Number: h.Number,
		})
		for i := from; i < n; i++ {
			dst = frames.Append(dst, r.Text(i))
		}
		c.lastID += uint64(n - from)
	}
	c.unsent += len(dst) - before
	return dst
}

// decide tells whether a row goes to the peer, and with which wrapping.
func (c *Cursor) decide(r *row.Row, up ring.Set) (wrapping uint32, send bool) {
	t := c.tree
	t.compute(r, up)
	switch {
	case !c.all:
		return t.wrappingFor(c.peer)
	case !t.known:
		// An origin that is not in the ring file is logged, and handed on
		// only in a repair, to be logged there (DESIGN 3).
		return 0, true
	}
	return t.plan.Wrapping(t.at, c.peer), true
}

// Sent notes that all that was appended has been written at the given time. It
// returns the number of frames.
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

// Answered notes that the peer has answered all frames up to id, and whether it
// took them: it has not, if they were too early for it. lost is true when that
// concerns frames that were sent since Begin. The error is ErrNeverSent.
func (c *Cursor) Answered(id uint64, took bool, now time.Time) (lost bool, err error) {
	if id > c.written {
		return false, ErrNeverSent
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

// Full tells whether so much is unanswered that nothing more is to be sent.
func (c *Cursor) Full() bool { return c.bytes >= c.pace.limit() }

// Oldest returns when the oldest unanswered frame was sent; it is false when
// all are answered.
func (c *Cursor) Oldest() (time.Time, bool) {
	if len(c.inFlight) == 0 {
		return time.Time{}, false
	}
	return c.inFlight[0].at, true
}
