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

// inquiry is what a client's connection knows of the survey that the client
// asks for: the ranges while they come, and until they are answered.
type inquiry struct {
	vector vector
	ranges []marks.Mark // nil if nothing is under way
	number int
	timer  *time.Timer
}

// inquireAgain is the alarm after which the survey is asked again. A message to
// it that was lost must not let the client wait for ever.
type inquireAgain struct{ number int }

const inquiryPause = 30 * time.Second

// What a client must not ask of a survey.
const (
	errSurveying violation = "a survey before the last one was answered"
	errRanges    violation = "too many ranges in a survey"
	errOverlap   violation = "ranges of a survey overlap"
)

// add takes the ranges of a frame. It is true when the question is complete.
func (q *inquiry) add(k *pzog.KeepAlive) (complete bool, err error) {
	if q.ranges != nil {
		return false, errSurveying
	}
	complete, err = q.vector.add(k.More, false, k.Marks)
	switch {
	case err != nil:
		return false, err
	case len(q.vector.marks) > verify.MaxRanges:
		return false, errRanges
	case complete && !verify.Disjoint(q.vector.marks):
		return false, errOverlap
	}
	return complete, nil
}

// begin notes that the ranges that came are asked for.
func (q *inquiry) begin() {
	q.ranges, q.vector = q.vector.marks, vector{}
	q.number++
}

// waits tells whether survey number is to be answered yet. What was asked twice
// may be answered twice.
func (q *inquiry) waits(number int) bool { return q.ranges != nil && number == q.number }

// end notes that the question was answered, and returns it with the answer in
// the form of the wire.
func (q *inquiry) end(digests []verify.Digest) []*pzog.Mark {
	wire := wireMarks(q.ranges)
	for i, d := range digests {
		wire[i].Digest = []byte(d)
	}
	q.ranges = nil
	disarm(q.timer)
	return wire
}

// asked answers what we hold at once, and has the log read for digests.
func (c *ClientConn) asked(ctx actor.Context, k *pzog.KeepAlive) error {
	complete, err := c.survey.add(k)
	if err != nil || !complete {
		return err
	}
	if len(c.survey.vector.marks) == 0 {
		c.answerSurvey(wireMarks(c.node.Ledger.Snapshot().Marks()))
		return nil
	}
	c.survey.begin()
	c.debtor.owe(ctx)
	c.inquire(ctx)
	return nil
}

func (c *ClientConn) inquire(ctx actor.Context) {
	ctx.Send(c.node.Survey(), &messages.Survey{Conn: ctx.Self(), Number: c.survey.number, Ranges: c.survey.ranges})
	c.survey.timer = alarm(ctx, inquiryPause, &inquireAgain{c.survey.number})
}

func (c *ClientConn) inquireAgain(ctx actor.Context, m *inquireAgain) {
	if c.survey.waits(m.number) {
		c.inquire(ctx)
	}
}

// surveyed passes digests on to the client.
func (c *ClientConn) surveyed(m *messages.Surveyed) error {
	switch {
	case !c.survey.waits(m.Number):
		return nil
	case m.Err != nil:
		return m.Err
	}
	c.answerSurvey(c.survey.end(m.Digests))
	return nil
}

// endSurvey ends what was asked for, with the connection.
func (c *ClientConn) endSurvey(ctx actor.Context) {
	if c.survey.ranges != nil {
		disarm(c.survey.timer)
		ctx.Send(c.node.Survey(), &messages.Gone{Peer: messages.FromClient, Conn: ctx.Self()})
	}
}

// answerSurvey says what we hold. It is no delta: by that it is told from the
// answer to a sign of life.
func (c *ClientConn) answerSurvey(ms []*pzog.Mark) {
	c.out.buf = frame.AppendAck(c.out.buf, &pzog.Ack{Version: protocol, Host: c.node.Name(), Marks: ms}, frame.ClientLimit)
}
