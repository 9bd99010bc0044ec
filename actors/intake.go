package actors

import (
	"errors"
	"time"

	"xlattice.org/zog/internal/frame"
	"xlattice.org/zog/internal/record"
	"xlattice.org/zog/internal/window"
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

// gathering is what both kinds of intake share: the batch that grows, and the
// bytes of its texts, copied out of the read buffer into one piece.
type gathering struct {
	lastID uint64
	now    *messages.Batch
	texts  []byte
	length int // of the last batch: the next is often as long
}

// batch implements intake.
func (g *gathering) batch(room int) *messages.Batch {
	b := g.now
	g.now = nil
	if b != nil {
		g.length = len(b.Items)
	}
	if cap(g.texts)-len(g.texts) < room {
		g.texts = make([]byte, 0, room)
	}
	return b
}

// next checks the id of a frame and notes it.
func (g *gathering) next(d *frame.Data, peer int) error {
	if d.ID != g.lastID+1 {
		return errID
	}
	g.lastID = d.ID
	if g.now == nil {
		g.now = &messages.Batch{Peer: peer, FirstID: d.ID, Items: make([]window.Item, 0, g.length)}
	}
	g.now.LastID = d.ID
	return nil
}

// keep copies a text.
func (g *gathering) keep(text []byte) []byte {
	n := len(g.texts)
	g.texts = append(g.texts, text...)
	return g.texts[n:len(g.texts):len(g.texts)]
}

// peerIntake takes the Data frames of a peer: every one must be a record.
type peerIntake struct {
	gathering
	peer    int
	origins map[string]string
}

// data implements intake.
func (in *peerIntake) data(d *frame.Data) error {
	item := window.Item{Wrapping: d.Wrapping, Session: d.Session, Number: d.Number}
	item.Boot, item.Seq, item.Time, item.Text = d.Boot, d.Seq, d.TimeMS/1000, d.Text
	item.Origin = in.origin(d.Origin)
	if err := item.Check(); err != nil {
		return violation(err.Error())
	}
	if err := in.next(d, in.peer); err != nil {
		return err
	}
	item.Text = in.keep(d.Text)
	in.now.Items = append(in.now.Items, item)
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
	b.Items = append(b.Items, window.Item{Record: record.Record{Text: in.keep(d.Text)}, Session: d.Session, Number: d.Number})
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
