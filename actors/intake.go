package actors

import (
	"errors"
	"time"

	"xlattice.org/zog/internal/frame"
	"xlattice.org/zog/internal/marks"
	"xlattice.org/zog/internal/record"
	"xlattice.org/zog/internal/row"
	"xlattice.org/zog/messages"
	"xlattice.org/zog/messages/pzog"
)

// What can be wrong with a Data frame that is well formed.
const (
	errID   violation = "ids are not 1, 2, 3 ..."
	errData violation = "data from the accepting side"
)

// errNewBatch asks for the batch so far to be taken away before this frame.
var errNewBatch = errors.New("a new batch begins here")

// gathering is what both kinds of intake share: the batch that grows, and its rows,
// whose texts are copied out of the read buffer into one piece.
type gathering struct {
	lastID uint64
	now    *messages.Batch
	rows   row.Builder
}

// batch implements intake.
func (g *gathering) batch(room int) *messages.Batch {
	b := g.now
	if b != nil {
		b.Rows, g.now = g.rows.Take(), nil
	}
	g.rows.Reserve(room)
	return b
}

// next checks the id of a frame and notes it.
func (g *gathering) next(d *frame.Data, peer int) error {
	if d.ID != g.lastID+1 {
		return errID
	}
	g.lastID = d.ID
	if g.now == nil {
		g.now = &messages.Batch{Peer: peer, FirstID: d.ID}
	}
	g.now.LastID = d.ID
	return nil
}

// peerIntake takes the Data frames of a peer: every one must be a record.
type peerIntake struct {
	gathering
	peer    int
	origins map[string]string
	last    row.Head // of the last frame
}

// data implements intake.
func (in *peerIntake) data(d *frame.Data) error {
	h := row.Head{
		Run: marks.Run{Origin: in.last.Origin, Boot: d.Boot}, Seq: d.Seq, Time: d.TimeMS / 1000,
		Wrapping: d.Wrapping, Session: d.Session, Number: d.Number,
	}
	if string(d.Origin) != h.Origin {
		h.Origin = in.origin(d.Origin)
	}
	r := record.Record{Origin: h.Origin, Boot: h.Boot, Seq: h.Seq, Time: h.Time, Text: d.Text}
	if err := r.Check(); err != nil {
		return violation(err.Error())
	}
	if err := in.next(d, in.peer); err != nil {
		return err
	}
	in.last = h
	in.rows.Add(&h, d.Text)
	return nil
}

// maxOrigins is how many names an intake remembers; a ring has 64 at the most.
const maxOrigins = 128

// origin returns the name as a string that is shared by all its messages.
func (in *peerIntake) origin(name []byte) string {
	if s, ok := in.origins[string(name)]; ok {
		return s
	}
	if in.origins == nil || len(in.origins) >= maxOrigins {
		in.origins = make(map[string]string)
	}
	s := string(name)
	in.origins[s] = s
	return s
}

// maxWrapping is the highest that a client may send (the original text).
const maxWrapping = 2

// defaultTimeout is how long a client waits for copies if it does not say.
const defaultTimeout = 5 * time.Second

// clientIntake takes the Data frames of a client: it sorts the texts that may
// be logged from those that are refused.
type clientIntake struct{ gathering }

// data implements intake.
func (in *clientIntake) data(d *frame.Data) error {
	copies, timeout := max(1, int(d.MinCopies)), time.Duration(d.TimeoutMS)*time.Millisecond
	if d.TimeoutMS == 0 {
		timeout = defaultTimeout
	}
	if b := in.now; b != nil && (b.MinCopies != copies || b.Timeout != timeout) {
		return errNewBatch
	}
	if err := in.next(d, messages.FromClient); err != nil {
		return err
	}
	b := in.now
	b.MinCopies, b.Timeout = copies, timeout
	if reason := refusal(d); reason != pzog.Refusal_NONE {
		b.Refused = append(b.Refused, messages.Refused{ID: d.ID, Reason: reason, Text: clip(d.Text)})
		return nil
	}
	in.rows.Add(&row.Head{Seq: d.ID, Session: d.Session, Number: d.Number}, d.Text)
	return nil
}

func refusal(d *frame.Data) pzog.Refusal {
	if d.Wrapping > maxWrapping {
		return pzog.Refusal_BAD_WRAPPING
	}
	return record.Classify(d.Text)
}

// noIntake is for the dialling side of a connection: no Data comes there.
type noIntake struct{}

func (noIntake) data(*frame.Data) error    { return errData }
func (noIntake) batch(int) *messages.Batch { return nil }
