package actors

import (
	"net/netip"
	"time"

	"github.com/asynkron/protoactor-go/actor"

	"xlattice.org/zog/internal/frame"
	"xlattice.org/zog/internal/marks"
	"xlattice.org/zog/internal/verify"
	"xlattice.org/zog/messages"
	"xlattice.org/zog/messages/pzog"
)

// inquiry is what a client's connection knows of the survey that the client
// asks for: the ranges while they come, and until they are answered.
type surveyRequest struct {
	from     netip.Prefix
	incoming rangeVector
	ranges   []marks.Mark // nil until the question is complete
	number   int          // of the question
	open     bool         // it has begun, and is not answered yet
	skipping bool         // it was refused, and what still comes of it is passed over
	timer    *time.Timer
}

// inquireAgain is the alarm after which the survey is looked at again. A message to
// it that was lost must not let the client wait for ever.
type surveyCheckDue struct{ number int }

const (
	// askingTime is how long a question may take to come, over all its frames (I6).
	rangesTimeout = 10 * time.Second
	// inquiryPause is the time between two looks. A client that has said nothing for so
	// long while its survey is under way has no use for the answer.
	surveyCheckPause = 30 * time.Second
)

// What a client must not ask of a survey.
const (
	errSurveyPending violation = "a survey before the last one was answered"
	errTooManyRanges violation = "too many ranges in a survey"
	errTooManyMarks  violation = "too many marks"
	errOverlap       violation = "ranges of a survey overlap"
	errRangesTimeout violation = "a survey whose ranges do not come"
)

// add takes the ranges of a frame. It is true when the question is complete.
func (q *surveyRequest) addFrame(k *pzog.KeepAlive) (complete bool, err error) {
	if q.ranges != nil {
		return false, errSurveyPending
	}
	complete, err = q.incoming.add(k.More, false, k.Marks)
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

// skip passes a frame over, if the question that it goes on with was refused.
func (q *surveyRequest) skips(k *pzog.KeepAlive) bool {
	skips := q.skipping
	q.skipping = skips && k.More
	return skips
}

// begin notes that a question has begun.
func (q *surveyRequest) start() {
	q.number++
	q.open = true
}

// complete notes that all its ranges have come.
func (q *surveyRequest) rangesComplete() { q.ranges, q.incoming = q.incoming.marks, rangeVector{} }

// waits tells whether survey number is to be answered yet. What was asked twice
// may be answered twice.
func (q *surveyRequest) awaits(number int) bool { return q.open && number == q.number }

// end notes that the question was answered, and returns it with the answer in
// the form of the wire.
func (q *surveyRequest) answer(digests []verify.Digest) []*pzog.Mark {
	wire := wireMarks(q.ranges)
	for i, d := range digests {
		wire[i].Digest = []byte(d)
	}
	q.reset()
	return wire
}

// refuse notes that the question is not answered.
func (q *surveyRequest) refuse() {
	q.skipping = q.ranges == nil
	q.reset()
}

// rangeWeight is about how many bytes of memory a range of a survey takes.
const rangeWeight = 64

// weight is about how many bytes the question takes, as far as it has come.
func (q *surveyRequest) weight() int64 {
	return int64(len(q.ranges)+len(q.incoming.marks)) * rangeWeight
}

func (q *surveyRequest) reset() {
	q.ranges, q.incoming, q.open = nil, rangeVector{}, false
	stopTimers(q.timer)
}

// asked answers what we hold at once, and has the log read for digests. A question of
// several frames has to have a place from the first one on.
func (c *ClientConn) requestSurvey(ctx actor.Context, k *pzog.KeepAlive) error {
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

// inquire asks for a place, and for the answer once all ranges have come.
func (c *ClientConn) sendSurvey(ctx actor.Context) {
	q, pause := &c.survey, surveyCheckPause
	if q.ranges == nil {
		pause = rangesTimeout
	}
	ctx.Send(c.node.survey(), &messages.Survey{Conn: ctx.Self(), From: q.from, Number: q.number, Ranges: q.ranges})
	stopTimers(q.timer)
	q.timer = sendAfter(ctx, pause, &surveyCheckDue{q.number})
}

// inquireAgain asks again, if the client is still there and has asked for something.
func (c *ClientConn) checkSurvey(ctx actor.Context, m *surveyCheckDue) error {
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

// surveyed passes digests on to the client, or why there are none.
func (c *ClientConn) surveyAnswered(m *messages.Surveyed) error {
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

// refuseSurvey says that a survey is not answered, by a refusal of the id that no
// message has. The client may ask again.
func (c *ClientConn) refuseSurvey(why string) {
	c.survey.refuse()
	c.node.reports.add(c.remote, why, nil)
	c.appendOk(frame.Ok{Refusal: pzog.Refusal_OVERLOADED, Detail: why})
}

// endSurvey ends what was asked for, with the connection.
func (c *ClientConn) endSurvey(ctx actor.Context) {
	if c.survey.open {
		c.survey.reset()
		ctx.Send(c.node.survey(), &messages.Gone{Peer: messages.FromClient, Conn: ctx.Self()})
	}
}

// answerSurvey says what we hold. It is no delta: by that it is told from the
// answer to a sign of life.
func (c *ClientConn) answerSurvey(ms []*pzog.Mark) {
	c.out.buf = frame.AppendAck(c.out.buf, &pzog.Ack{Version: protocol, Host: c.node.Name(), Marks: ms}, frame.ClientLimit)
}

// vector gathers the vector of marks of a client's survey, which may come in several
// frames.
type rangeVector struct {
	marks   []marks.Mark
	started bool
	delta   bool
}

// maxMarks is how long a vector may be, over all its frames (I6).
const maxMarks = 1 << 17

// add takes the marks of a frame. It is true when the vector is complete. The
// first frame says whether it is a delta.
func (v *rangeVector) add(more, delta bool, wire []*pzog.Mark) (complete bool, err error) {
	if !v.started {
		*v = rangeVector{started: true, delta: delta}
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
