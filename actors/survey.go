package actors

import (
	"errors"
	"io"
	"time"

	"github.com/asynkron/protoactor-go/actor"

	"xlattice.org/zog/internal/journal"
	"xlattice.org/zog/internal/marks"
	"xlattice.org/zog/internal/places"
	"xlattice.org/zog/internal/verify"
	"xlattice.org/zog/messages"
)

// surveyPause is the time between two pieces of the log, of some 300 KB each.
const surveyPause = 2 * time.Millisecond

// survey tells clients what the log on disk has of the ranges that they ask for. It reads the log
// for one survey at a time, in pieces, and handles its mailbox between two of them: if the client
// has gone, or the host stops, the survey ends. How many surveys may wait, and which is next, is
// decided by the addresses of the clients, or their certificates (package places).
type survey struct {
	node *Node
	*surveyQueue
	reader       *journal.Reader // of the survey under way
	digester     *verify.Digester
	lastAnswered *messages.Survey
	timer        *time.Timer // of nextPiece
}

// surveyQueue has the surveys that wait, and the one under way. It outlives the actor.
type surveyQueue struct{ places.Queue[*messages.Survey] }

// nextPiece makes the actor read the next piece for a survey.
type nextPiece struct{ survey *messages.Survey }

// refusalTexts say why a survey is not answered.
var refusalTexts = map[places.Reason]string{
	places.Full:        "too many surveys at a time",
	places.AddressFull: "too many surveys at a time from one address or certificate name",
}

var errSurvey = errors.New("the survey has failed")

// NewSurvey returns the props of the actor for surveys.
func NewSurvey(node *Node) *actor.Props {
	queue := new(surveyQueue)
	return node.Props(func(func() bool) actor.Actor { return &survey{node: node, surveyQueue: queue} })
}

// Receive implements actor.Actor.
func (s *survey) Receive(ctx actor.Context) {
	switch m := ctx.Message().(type) {
	case *actor.Started:
		s.resume(ctx)
	case *messages.Survey:
		s.addSurvey(ctx, m)
	case *nextPiece:
		s.readPiece(ctx, m.survey)
	case *messages.Gone:
		s.clientGone(ctx, m.Conn)
	case *actor.Stopping, *actor.Restarting:
		stopTimers(s.timer)
		s.closeReader()
	}
}

// resume goes on after a restart, without the survey that was under way: if the actor fails at
// it, it must not do so again and again.
func (s *survey) resume(ctx actor.Context) {
	if failed, ok := s.Serving(); ok {
		ctx.Send(failed.Conn, &messages.Surveyed{Number: failed.Number, Err: errSurvey})
		s.Remove(failed)
	}
	s.startNext(ctx)
}

// addSurvey adds a survey to the queue, or its ranges to one that is there. A client may send a
// survey again that waits, or that has been answered meanwhile, as reading a piece takes time.
func (s *survey) addSurvey(ctx actor.Context, m *messages.Survey) {
	again := func(w *messages.Survey) bool { return w.Number == m.Number && w.Conn.Equal(m.Conn) }
	if s.lastAnswered != nil && again(s.lastAnswered) {
		return
	}
	w, ok := s.Find(again)
	switch {
	case !ok:
		s.enqueue(ctx, m)
	case w.Ranges == nil: // otherwise m is older
		w.Ranges = m.Ranges
	}
	s.startNext(ctx)
}

// enqueue adds a survey to the queue. If there is no place for it, or another one loses its
// place, it tells the client.
func (s *survey) enqueue(ctx actor.Context, m *messages.Survey) {
	l := s.node.Ring().Limits
	displaced, why := s.Add(m, m.From, places.Limits{All: l.Surveys, Each: l.SurveysPerAddress})
	if why != places.Admitted {
		ctx.Send(m.Conn, &messages.Surveyed{Number: m.Number, Refused: refusalTexts[why]})
	}
	for _, d := range displaced {
		ctx.Send(d.Conn, &messages.Surveyed{Number: d.Number, Refused: refusalTexts[places.Full]})
	}
}

// startNext starts the next survey, if none is under way.
func (s *survey) startNext(ctx actor.Context) {
	m, ok := s.Next(func(w *messages.Survey) bool { return w.Ranges != nil })
	if !ok {
		return
	}
	s.digester = verify.NewDigester(m.Ranges)
	s.reader = s.node.journal.Reader(s.marksBefore(m.Ranges))
	ctx.Send(ctx.Self(), &nextPiece{m})
}

// marksBefore returns marks for a reader of the log, so that it returns all lines of the ranges,
// and few others.
func (s *survey) marksBefore(ranges []marks.Mark) *marks.Vector {
	v := s.node.ledger.DurableVector()
	for _, r := range ranges {
		if before := max(r.First, 1) - 1; before < v.Seq(r.Run) {
			v.Set(marks.Mark{Run: r.Run, Seq: before})
		}
	}
	return v
}

// readPiece reads a piece of the log for a survey.
func (s *survey) readPiece(ctx actor.Context, m *messages.Survey) {
	if now, ok := s.Serving(); !ok || now != m {
		return // it has ended
	}
	rows, err := s.reader.Next()
	for i := range rows {
		for m := range rows[i].Len() {
			rec := rows[i].Record(m)
			s.digester.Add(&rec)
		}
	}
	if err == nil && !s.digester.Done() {
		s.timer = sendAfter(ctx, surveyPause, &nextPiece{m})
		return
	}
	s.logReadError(ctx, err)
	ctx.Send(m.Conn, &messages.Surveyed{Number: m.Number, Digests: s.digester.Digests()})
	s.lastAnswered = m
	s.finish(ctx, m)
}

// logReadError reports why the log cannot be read any further. What was not read has no digest,
// and the client asks again later.
func (s *survey) logReadError(ctx actor.Context, err error) {
	switch {
	case errors.Is(err, journal.ErrDamaged):
		ctx.Send(s.node.AccessLog(), &messages.Damaged{Err: err})
	case err != nil && err != io.EOF:
		s.node.Log.WithError(err).Warn("a survey of the access log cannot go on")
	}
}

// clientGone ends the survey of a client whose connection has ended.
func (s *survey) clientGone(ctx actor.Context, conn *actor.PID) {
	if m, ok := s.Find(func(w *messages.Survey) bool { return w.Conn.Equal(conn) }); ok {
		s.finish(ctx, m)
	}
}

// finish removes a survey. If it was under way, the next one starts.
func (s *survey) finish(ctx actor.Context, m *messages.Survey) {
	if now, ok := s.Serving(); ok && now == m {
		s.closeReader()
	}
	s.Remove(m)
	s.startNext(ctx)
}

func (s *survey) closeReader() {
	if s.reader != nil {
		closeLogReader(s.node.Log, s.reader)
		s.reader, s.digester = nil, nil
	}
}
