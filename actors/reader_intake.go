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
type batchFrames struct {
	lastID   uint64
	rowCount int // rows of the batch that grows, at the most
}

// begin checks the id of a frame. Those that go on its row are known by theirs.
func (g *batchFrames) checkID(d *frame.Data) error {
	if d.ID != g.lastID+1 {
		return errID
	}
	return nil
}

// count notes that a frame comes, in a batch.
func (g *batchFrames) countFrame(f *messages.Frames) {
	g.lastID++
	if f.FirstID == 0 {
		f.FirstID = g.lastID
	}
	f.LastID = g.lastID
}

// weigh ends a batch of so many rows and refused texts. What its frames weigh as bytes is
// for the reader to add.
func (g *batchFrames) setWeight(f *messages.Frames, rows, refused int) {
	g.rowCount = 0
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
	batchFrames
	peer    int
	current *messages.PeerBatch // the batch that grows, or nil
	rows    row.Builder         // of it
	origins map[string]string
}

// batch implements intake.
func (in *peerIntake) takeBatch() messages.Batch {
	b := in.current
	if b == nil {
		return nil
	}
	b.Rows, in.current = in.rows.Take(), nil
	in.setWeight(&b.Frames, len(b.Rows), 0)
	return b
}

// open notes that a frame comes, in the batch that grows or in a new one.
func (in *peerIntake) beginFrame() {
	if in.current == nil {
		in.current = &messages.PeerBatch{Peer: in.peer}
	}
	in.countFrame(&in.current.Frames)
}

// data implements intake.
func (in *peerIntake) addData(d *frame.Data) error {
	h := row.Head{
		Run: marks.Run{Origin: in.origin(d.Origin), Boot: d.Boot}, Seq: d.Seq, Time: d.TimeMS / 1000,
		Wrapping: d.Wrapping, Session: d.Session, Number: numberOf(d),
	}
	r := record.Record{Origin: h.Origin, Boot: h.Boot, Seq: h.Seq, Time: h.Time, Text: d.Text}
	if err := r.Check(); err != nil {
		return violation(err.Error())
	}
	if in.rowCount == maxPeerRows {
		return errNewBatch
	}
	if err := in.checkID(d); err != nil {
		return err
	}
	in.rowCount++
	in.beginFrame()
	in.rows.Add(&h, d.Text)
	return nil
}

// next implements intake.
func (in *peerIntake) addNext(text []byte) error {
	if err := record.CheckText(text); err != nil {
		return violation(err.Error())
	}
	in.beginFrame()
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
	batchFrames
	current         *messages.ClientBatch // the batch that grows, or nil
	rows            row.ClientBuilder     // of it
	request         copiesRequest
	refusal         pzog.Refusal // what is wrong with the last frame beside its text
	session, number uint64       // of the last frame
	shownReasons    uint64       // the reasons of which the batch has a text, a bit each
}

// batch implements intake.
func (in *clientIntake) takeBatch() messages.Batch {
	b := in.current
	if b == nil {
		return nil
	}
	b.Rows, in.current = in.rows.Take(), nil
	in.setWeight(&b.Frames, len(b.Rows), len(b.Refused))
	return b
}

// wish is what a client asks for beside that its text be kept.
type copiesRequest struct {
	copies  int
	timeout time.Duration
}

// data implements intake.
func (in *clientIntake) addData(d *frame.Data) error {
	w := copiesRequest{max(1, int(d.MinCopies)), time.Duration(d.TimeoutMS) * time.Millisecond}
	if d.TimeoutMS == 0 {
		w.timeout = defaultTimeout
	}
	if in.refusedFull() || in.current != nil && in.request != w || in.rowCount == maxRows {
		return errNewBatch
	}
	in.rowCount++
	if err := in.checkID(d); err != nil {
		return err
	}
	in.request, in.refusal = w, pzog.Refusal_NONE
	if d.Wrapping > maxWrapping {
		in.refusal = pzog.Refusal_BAD_WRAPPING
	}
	in.session, in.number = d.Session, numberOf(d)
	in.addText(d.Text)
	return nil
}

// next implements intake.
func (in *clientIntake) addNext(text []byte) error {
	if in.refusedFull() {
		return errNewBatch
	}
	if in.session != 0 {
		in.number++
	}
	in.addText(text)
	return nil
}

// full tells whether the batch has enough refused texts.
func (in *clientIntake) refusedFull() bool {
	return in.current != nil && len(in.current.Refused) >= maxRefused
}

func (in *clientIntake) addText(text []byte) {
	if in.current == nil {
		in.current = &messages.ClientBatch{MinCopies: in.request.copies, Timeout: in.request.timeout}
	}
	b := in.current
	in.countFrame(&b.Frames)
	if reason := cmp.Or(in.refusal, record.Classify(text)); reason != pzog.Refusal_NONE {
		in.refuseText(b, reason, text)
		return
	}
	in.rows.Add(in.lastID, in.session, in.number, text)
}

// refuseText notes a text that is refused. Of those with one reason in a batch the first
// is kept to be shown.
func (in *clientIntake) refuseText(b *messages.ClientBatch, reason pzog.Refusal, text []byte) {
	if len(b.Refused) == 0 {
		in.shownReasons = 0
	}
	r := sequencer.Refused{ID: in.lastID, Reason: reason}
	if bit := uint64(1) << reason; in.shownReasons&bit == 0 {
		in.shownReasons |= bit
		r.Text = excerpt(text)
	}
	b.Refused = append(b.Refused, r)
}

// noIntake is for the dialling side of a connection: no Data comes there.
type noIntake struct{}

func (noIntake) addData(*frame.Data) error { return errData }
func (noIntake) addNext([]byte) error      { return errData }
func (noIntake) takeBatch() messages.Batch { return nil }
