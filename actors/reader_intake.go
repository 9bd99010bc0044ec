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

// Violations in Data frames that can be decoded.
const (
	errID   violation = "ids are not 1, 2, 3 ..."
	errData violation = "data from the accepting side"
)

// batchFrames is common to both kinds of intake. Texts are copied from the read buffer into the
// rows of the batch.
type batchFrames struct {
	lastID uint64
}

// checkID checks the id of a frame. Those of the messages that follow it in the frame count up.
func (g *batchFrames) checkID(d *frame.Data) error {
	if d.ID != g.lastID+1 {
		return errID
	}
	return nil
}

// countFrame adds a frame to the ids of a batch.
func (g *batchFrames) countFrame(f *messages.Frames) {
	g.lastID++
	if f.FirstID == 0 {
		f.FirstID = g.lastID
	}
	f.LastID = g.lastID
}

// setWeight sets the weight of a batch with so many rows and refused texts. The reader adds the
// bytes of the frames.
func (g *batchFrames) setWeight(f *messages.Frames, rows, refused int) {
	f.Weight = int64(f.LastID-f.FirstID+1)*messageWeight + int64(rows)*rowWeight + int64(refused)*refusedWeight
}

// numberOf returns the number of a message in its session. Without a session a number has no
// meaning, and does not count up in a row.
func numberOf(d *frame.Data) uint64 {
	if d.Session == 0 {
		return 0
	}
	return d.Number
}

// peerIntake collects the Data frames of a peer. Each must be a valid record.
type peerIntake struct {
	batchFrames
	peer    int
	current *messages.PeerBatch // nil if there are no frames
	rows    row.Builder         // of current
	origins map[string]string
}

// takeBatch implements intake.
func (in *peerIntake) takeBatch() messages.Batch {
	b := in.current
	if b == nil {
		return nil
	}
	b.Rows, in.current = in.rows.Take(), nil
	in.setWeight(&b.Frames, len(b.Rows), 0)
	return b
}

// beginFrame adds a frame to the ids of the batch, which it makes if need be.
func (in *peerIntake) beginFrame() {
	if in.current == nil {
		in.current = &messages.PeerBatch{Peer: in.peer}
	}
	in.countFrame(&in.current.Frames)
}

// addData implements intake.
func (in *peerIntake) addData(d *frame.Data) error {
	h := row.Head{
		Run: marks.Run{Origin: in.origin(d.Origin), Boot: d.Boot}, Seq: d.Seq, Time: d.TimeMS / 1000,
		Wrapping: d.Wrapping, MinCopies: d.MinCopies, Session: d.Session, Number: numberOf(d),
	}
	r := record.Record{Origin: h.Origin, Boot: h.Boot, Seq: h.Seq, Time: h.Time, Text: d.Text}
	if err := r.Check(); err != nil {
		return violation(err.Error())
	}
	if in.rows.Rows() >= maxPeerRows && !in.rows.GoesOn(&h) {
		return errNewBatch
	}
	if err := in.checkID(d); err != nil {
		return err
	}
	in.beginFrame()
	in.rows.Add(&h, d.Text)
	return nil
}

// addNext implements intake.
func (in *peerIntake) addNext(text []byte) error {
	if err := record.CheckText(text); err != nil {
		return violation(err.Error())
	}
	in.beginFrame()
	in.rows.Follow(text)
	return nil
}

// maxOrigins is how many names an intake keeps; a ring has at most 64.
const maxOrigins = 128

// origin returns a name as a string that all messages share.
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

// maxWrapping is the highest wrapping that a client may send (docs/protocol.md, 7).
const maxWrapping = 2

// defaultTimeout is how long a client waits for copies if it does not say how long.
const defaultTimeout = 5 * time.Second

// maxRows and maxRefused limit the rows and the refused texts of a batch, which use more memory than
// the bytes of their frames. So they are bounded by the credits (I6). A refused text is also
// answered by itself: a read buffer full of them would be milliseconds of work, for which other
// clients would wait.
const (
	maxRows    = 64
	maxRefused = 256
)

// maxPeerRows limits the rows of a peer's batch. The router handles each row by itself, and others
// would wait for a read buffer full of rows with one message each.
const maxPeerRows = 256

// clientIntake collects the Data frames of a client, and separates the texts that are refused.
type clientIntake struct {
	batchFrames
	current         *messages.ClientBatch // nil if there are no frames
	rows            row.ClientBuilder     // of current
	request         copiesRequest
	refusal         pzog.Refusal // of the last frame, for another reason than its text
	session, number uint64       // of the last frame
	shownReasons    uint64       // a bit for each reason that the batch has a text of
}

// takeBatch implements intake.
func (in *clientIntake) takeBatch() messages.Batch {
	b := in.current
	if b == nil {
		return nil
	}
	b.Rows, in.current = in.rows.Take(), nil
	in.setWeight(&b.Frames, len(b.Rows), len(b.Refused))
	return b
}

// copiesRequest is how many copies a client asks for, and how long it waits for them.
type copiesRequest struct {
	copies  int
	timeout time.Duration
}

// addData implements intake.
func (in *clientIntake) addData(d *frame.Data) error {
	request := copiesRequest{max(1, int(d.MinCopies)), time.Duration(d.TimeoutMS) * time.Millisecond}
	if d.TimeoutMS == 0 {
		request.timeout = defaultTimeout
	}
	number := numberOf(d)
	if in.refusedFull() || in.current != nil && in.request != request || in.rowsFull(d.ID, d.Session, number) {
		return errNewBatch
	}
	if err := in.checkID(d); err != nil {
		return err
	}
	in.request, in.refusal = request, pzog.Refusal_NONE
	if d.Wrapping > maxWrapping {
		in.refusal = pzog.Refusal_BAD_WRAPPING
	}
	in.session, in.number = d.Session, number
	in.addText(d.Text)
	return nil
}

// addNext implements intake.
func (in *clientIntake) addNext(text []byte) error {
	number := in.number
	if in.session != 0 {
		number++
	}
	if in.refusedFull() || in.rowsFull(in.lastID+1, in.session, number) {
		return errNewBatch
	}
	in.number = number
	in.addText(text)
	return nil
}

// rowsFull tells whether a message would begin a row, and the batch has as many as it may have.
func (in *clientIntake) rowsFull(id, session, number uint64) bool {
	return in.rows.Rows() >= maxRows && !in.rows.GoesOn(id, session, number)
}

// refusedFull tells whether the batch has as many refused texts as it may have.
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

// refuseText notes a refused text. The batch keeps the first text of each reason, to be shown.
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

// noIntake is the intake of a link, to which no Data comes.
type noIntake struct{}

func (noIntake) addData(*frame.Data) error { return errData }
func (noIntake) addNext([]byte) error      { return errData }
func (noIntake) takeBatch() messages.Batch { return nil }
