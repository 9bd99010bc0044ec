package actors

import (
	"cmp"
	"time"

	"xlattice.org/zog/internal/frame"
	"xlattice.org/zog/internal/marks"
	"xlattice.org/zog/internal/record"
	"xlattice.org/zog/internal/row"
	"xlattice.org/zog/internal/sequencer"
	"xlattice.org/zog/messages"
	"xlattice.org/zog/messages/pzog"
)

// What can be wrong with a Data frame that is well formed.
const (
	errID   violation = "ids are not 1, 2, 3 ..."
	errData violation = "data from the accepting side"
)

// gathering is what both kinds of intake share. Texts are copied out of the read buffer,
// into the rows of the batch that grows.
type gathering struct {
	lastID uint64
	begun  int // rows of the batch that grows, at the most
}

// begin checks the id of a frame. Those that go on its row are known by theirs.
func (g *gathering) begin(d *frame.Data) error {
	if d.ID != g.lastID+1 {
		return errID
	}
	return nil
}

// count notes that a frame comes, in a batch.
func (g *gathering) count(f *messages.Frames) {
	g.lastID++
	if f.FirstID == 0 {
		f.FirstID = g.lastID
	}
	f.LastID = g.lastID
}

// weigh ends a batch of so many rows and refused texts. What its frames weigh as bytes is
// for the reader to add.
func (g *gathering) weigh(f *messages.Frames, rows, refused int) {
	g.begun = 0
	f.Weight = int64(f.LastID-f.FirstID+1)*messageWeight + int64(rows)*rowWeight + int64(refused)*refusedWeight
}

// numberOf returns the number of a message in its session: where there is none a
// number says nothing, and does not count up.
func numberOf(d *frame.Data) uint64 {
	if d.Session == 0 {
		return 0
	}
	return d.Number
}

// peerIntake takes the Data frames of a peer: every one must be a record.
type peerIntake struct {
	gathering
	peer    int
	now     *messages.PeerBatch // the batch that grows, or nil
	rows    row.Builder         // of it
	origins map[string]string
}

// batch implements intake.
func (in *peerIntake) batch() messages.Batch {
	b := in.now
	if b == nil {
		return nil
	}
	b.Rows, in.now = in.rows.Take(), nil
	in.weigh(&b.Frames, len(b.Rows), 0)
	return b
}

// open notes that a frame comes, in the batch that grows or in a new one.
func (in *peerIntake) open() {
	if in.now == nil {
		in.now = &messages.PeerBatch{Peer: in.peer}
	}
	in.count(&in.now.Frames)
}

// data implements intake.
func (in *peerIntake) data(d *frame.Data) error {
	h := row.Head{
		Run: marks.Run{Origin: in.origin(d.Origin), Boot: d.Boot}, Seq: d.Seq, Time: d.TimeMS / 1000,
		Wrapping: d.Wrapping, Session: d.Session, Number: numberOf(d),
	}
	r := record.Record{Origin: h.Origin, Boot: h.Boot, Seq: h.Seq, Time: h.Time, Text: d.Text}
	if err := r.Check(); err != nil {
		return violation(err.Error())
	}
	if in.begun == maxPeerRows {
		return errNewBatch
	}
	if err := in.begin(d); err != nil {
		return err
	}
	in.begun++
	in.open()
	in.rows.Add(&h, d.Text)
	return nil
}

// next implements intake.
func (in *peerIntake) next(text []byte) error {
	if err := record.CheckText(text); err != nil {
		return violation(err.Error())
	}
	in.open()
	in.rows.Follow(text)
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

// maxWrapping is the highest that a client may send (DESIGN 4).
const maxWrapping = 2

// defaultTimeout is how long a client waits for copies if it does not say.
const defaultTimeout = 5 * time.Second

// What a batch takes of memory goes by the bytes of its frames, but for what is far more
// than these: the rows that it has, and the texts that are refused. Of them a batch has
// so many at the most, and so they are bounded by credits as messages are (I6). A text that
// is refused is also answered by itself: a read buffer full of them would be work for
// milliseconds, for which other clients would wait.
const (
	maxRows    = 64
	maxRefused = 256
)

// maxPeerRows is the same for the rows of a peer. The router looks at each by itself:
// others would wait for a read buffer full of rows that have one message each.
const maxPeerRows = 256

// clientIntake takes the Data frames of a client: it sorts the texts that may
// be logged from those that are refused.
type clientIntake struct {
	gathering
	now             *messages.ClientBatch // the batch that grows, or nil
	rows            row.ClientBuilder     // of it
	wish            wish
	refuse          pzog.Refusal // what is wrong with the last frame beside its text
	session, number uint64       // of the last frame
	shown           uint64       // the reasons of which the batch has a text, a bit each
}

// batch implements intake.
func (in *clientIntake) batch() messages.Batch {
	b := in.now
	if b == nil {
		return nil
	}
	b.Rows, in.now = in.rows.Take(), nil
	in.weigh(&b.Frames, len(b.Rows), len(b.Refused))
	return b
}

// wish is what a client asks for beside that its text be kept.
type wish struct {
	copies  int
	timeout time.Duration
}

// data implements intake.
func (in *clientIntake) data(d *frame.Data) error {
	w := wish{max(1, int(d.MinCopies)), time.Duration(d.TimeoutMS) * time.Millisecond}
	if d.TimeoutMS == 0 {
		w.timeout = defaultTimeout
	}
	if in.full() || in.now != nil && in.wish != w || in.begun == maxRows {
		return errNewBatch
	}
	in.begun++
	if err := in.begin(d); err != nil {
		return err
	}
	in.wish, in.refuse = w, pzog.Refusal_NONE
	if d.Wrapping > maxWrapping {
		in.refuse = pzog.Refusal_BAD_WRAPPING
	}
	in.session, in.number = d.Session, numberOf(d)
	in.add(d.Text)
	return nil
}

// next implements intake.
func (in *clientIntake) next(text []byte) error {
	if in.full() {
		return errNewBatch
	}
	if in.session != 0 {
		in.number++
	}
	in.add(text)
	return nil
}

// full tells whether the batch has enough refused texts.
func (in *clientIntake) full() bool { return in.now != nil && len(in.now.Refused) >= maxRefused }

func (in *clientIntake) add(text []byte) {
	if in.now == nil {
		in.now = &messages.ClientBatch{MinCopies: in.wish.copies, Timeout: in.wish.timeout}
	}
	b := in.now
	in.count(&b.Frames)
	if reason := cmp.Or(in.refuse, record.Classify(text)); reason != pzog.Refusal_NONE {
		in.refuseText(b, reason, text)
		return
	}
	in.rows.Add(in.lastID, in.session, in.number, text)
}

// refuseText notes a text that is refused. Of those with one reason in a batch the first
// is kept to be shown.
func (in *clientIntake) refuseText(b *messages.ClientBatch, reason pzog.Refusal, text []byte) {
	if len(b.Refused) == 0 {
		in.shown = 0
	}
	r := sequencer.Refused{ID: in.lastID, Reason: reason}
	if bit := uint64(1) << reason; in.shown&bit == 0 {
		in.shown |= bit
		r.Text = clip(text)
	}
	b.Refused = append(b.Refused, r)
}

// noIntake is for the dialling side of a connection: no Data comes there.
type noIntake struct{}

func (noIntake) data(*frame.Data) error { return errData }
func (noIntake) next([]byte) error      { return errData }
func (noIntake) batch() messages.Batch  { return nil }
