package actors

import (
	"time"

	"github.com/asynkron/protoactor-go/actor"

	"xlattice.org/zog/internal/frame"
	"xlattice.org/zog/internal/marks"
	"xlattice.org/zog/internal/verify"
	"xlattice.org/zog/messages"
	"xlattice.org/zog/messages/pzog"
)

// surveyRequest is the survey that a client asks for: its ranges while they come, and until
// they are answered.
type surveyRequest struct {
	incoming rangeVector
	ranges   []marks.Mark // nil until all have come
	number   int          // of the survey, on this connection
	open     bool         // it has begun, and is not answered yet
	skipping bool         // it was refused, and the rest of its frames is skipped
	timer    *time.Timer
}

// surveyCheckDue is the alarm after which the survey is asked for again: if a message to the
// survey actor was lost, the client must not wait for ever.
type surveyCheckDue struct{ number int }

const (
	// rangesTimeout is how long the ranges of a survey may take to come, over all frames (I6).
	rangesTimeout = 10 * time.Second
	// surveyCheckPause is the time between two checks. A client that has sent nothing for so
	// long while its survey is under way does not need the answer any more.
	surveyCheckPause = 30 * time.Second
)

// Violations of clients in surveys.
const (
	errSurveyPending violation = "a survey before the last one was answered"
	errTooManyRanges violation = "too many ranges in a survey"
	errTooManyMarks  violation = "too many marks"
	errOverlap       violation = "ranges of a survey overlap"
	errRangesTimeout violation = "a survey whose ranges do not come"
)

// addFrame adds the ranges of a frame. complete is true if all ranges have come.
func (q *surveyRequest) addFrame(k *pzog.KeepAlive) (complete bool, err error) {
	if q.ranges != nil {
		return false, errSurveyPending
	}
	complete, err = q.incoming.add(k.More, k.Marks)
	switch {
	case err != nil:
		return false, err
	case len(q.incoming.marks) > verify.MaxRanges:
		return false, errTooManyRanges
	case complete && q.open && len(q.incoming.marks) == 0:
		return false, errRangesTimeout
	case complete && !verify.Disjoint(q.incoming.marks):
		return false, errOverlap
	}
	return complete, nil
}

// skips tells whether a frame is skipped, as the survey that it belongs to was refused.
func (q *surveyRequest) skips(k *pzog.KeepAlive) bool {
	skips := q.skipping
	q.skipping = skips && k.More
	return skips
}

// start begins a survey.
func (q *surveyRequest) start() {
	q.number++
	q.open = true
}

// rangesComplete notes that all ranges have come.
func (q *surveyRequest) rangesComplete() { q.ranges, q.incoming = q.incoming.marks, rangeVector{} }

// awaits tells whether survey number is still to be answered. One that was sent twice may be
// answered twice.
func (q *surveyRequest) awaits(number int) bool { return q.open && number == q.number }

// answer ends the survey, and returns its ranges with their digests for the wire.
func (q *surveyRequest) answer(digests []verify.Digest) []*pzog.Mark {
	wire := wireMarks(q.ranges)
	for i, d := range digests {
		wire[i].Digest = []byte(d)
	}
	q.reset()
	return wire
}

// refuse ends the survey without an answer.
func (q *surveyRequest) refuse() {
	q.skipping = q.ranges == nil
	q.reset()
}

// rangeWeight is about how many bytes of memory a range of a survey uses.
const rangeWeight = 64

// weight returns about how many bytes the ranges that have come use.
func (q *surveyRequest) weight() int64 {
	return int64(len(q.ranges)+len(q.incoming.marks)) * rangeWeight
}

func (q *surveyRequest) reset() {
	q.ranges, q.incoming, q.open = nil, rangeVector{}, false
	stopTimers(q.timer)
}

// requestSurvey answers at once if the client asks which marks we hold, and otherwise has the
// log read. A survey of several frames needs a place in the queue from the first frame on.
func (c *clientConn) requestSurvey(ctx actor.Context, k *pzog.KeepAlive) error {
	q := &c.survey
	if q.skips(k) {
		return nil
	}
	complete, err := q.addFrame(k)
	if err != nil {
		return err
	}
	if complete && len(q.incoming.marks) == 0 {
		c.answerSurvey(wireMarks(c.node.ledger.DurableVector().Marks()))
		return nil
	}
	first := !q.open
	if first {
		q.start()
		c.signs.start(ctx)
	}
	if complete {
		q.rangesComplete()
	}
	if first || complete {
		c.sendSurvey(ctx)
	}
	return nil
}

// whose returns who has places for surveys and for following: who holds the certificate, or else the
// address.
func (c *clientConn) whose() string {
	if who := c.node.accepted.holders.find(c.conn); c.asker == "" && who != nil {
		c.asker = who.name
	}
	if c.asker == "" {
		c.asker = source(c.remote).String()
	}
	return c.asker
}

// sendSurvey asks for a place in the queue, and once all ranges have come for the answer.
func (c *clientConn) sendSurvey(ctx actor.Context) {
	q, pause := &c.survey, surveyCheckPause
	if q.ranges == nil {
		pause = rangesTimeout
	}
	ctx.Send(c.node.survey(), &messages.Survey{Conn: ctx.Self(), From: c.whose(), Number: q.number, Ranges: q.ranges})
	stopTimers(q.timer)
	q.timer = sendAfter(ctx, pause, &surveyCheckDue{q.number})
}

// checkSurvey asks again, if the client is still there.
func (c *clientConn) checkSurvey(ctx actor.Context, m *surveyCheckDue) error {
	switch {
	case !c.survey.awaits(m.number):
		return nil
	case c.survey.ranges == nil:
		return errRangesTimeout
	case time.Since(c.pulse.Heard()) >= surveyCheckPause && !c.pulse.Holding():
		return errSilent
	}
	c.sendSurvey(ctx)
	return nil
}

// surveyAnswered sends the digests to the client, or the reason why there are none.
func (c *clientConn) surveyAnswered(m *messages.Surveyed) error {
	switch {
	case !c.survey.awaits(m.Number):
		return nil
	case m.Err != nil:
		return m.Err
	case m.Refused != "":
		c.refuseSurvey(m.Refused)
		return nil
	}
	c.answerSurvey(c.survey.answer(m.Digests))
	return nil
}

// refuseSurvey tells the client that its survey is not answered, with a refusal of id 0, which
// no message has. The client may ask again.
func (c *clientConn) refuseSurvey(why string) {
	c.survey.refuse()
	c.node.reports.add(c.remote, why, nil)
	c.appendOk(frame.Ok{Refusal: pzog.Refusal_OVERLOADED, Detail: why})
}

// endSurvey ends the survey with the connection.
func (c *clientConn) endSurvey(ctx actor.Context) {
	if c.survey.open {
		c.survey.reset()
		ctx.Send(c.node.survey(), &messages.Gone{Peer: messages.FromClient, Conn: ctx.Self()})
	}
}

// answerSurvey sends marks. The answer is not a delta, which tells it from the answer to a
// keep-alive.
func (c *clientConn) answerSurvey(ms []*pzog.Mark) {
	c.out.buf = frame.AppendAck(c.out.buf, &pzog.Ack{Version: protocol, Host: c.node.Name(), Marks: ms}, frame.ClientLimit)
}

// rangeVector collects the ranges of a client's survey, which may come in several frames.
type rangeVector struct {
	marks   []marks.Mark
	started bool
}

// maxMarks is the maximal length over all frames (I6).
const maxMarks = 1 << 17

// add adds the ranges of a frame. complete is true if no more follow.
func (v *rangeVector) add(more bool, wire []*pzog.Mark) (complete bool, err error) {
	if !v.started {
		*v = rangeVector{}
	}
	read, err := readMarks(wire)
	if err != nil {
		return false, err
	}
	v.marks = append(v.marks, read...)
	if len(v.marks) > maxMarks {
		return false, errTooManyMarks
	}
	v.started = more
	return !more, nil
}
