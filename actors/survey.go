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

// surveyPause lies between two pieces of the log, of some 300 KB each.
const surveyPause = 2 * time.Millisecond

// Survey says what the log on disk has of the ranges that clients ask for. It
// reads the log for one survey at a time, in pieces, and looks into its mailbox
// in between: a client that has gone, or the end of the host, ends the reading.
// Nobody waits for it but those who ask. How many may, and who is next, is decided by
// address.
type Survey struct {
	node *Node
	*surveyQueue
	reader       *journal.Reader // of the survey that is under way
	digester     *verify.Digester
	lastAnswered *messages.Survey // that was answered
	timer        *time.Timer      // to the next piece
}

// surveys is what is asked for, or begins to be. It outlives the actor.
type surveyQueue struct{ places.Queue[*messages.Survey] }

// surveyOn is how a survey lets other mail in between.
type nextPiece struct{ survey *messages.Survey }

// noPlace says why a survey is not answered.
var refusalTexts = map[places.Reason]string{
	places.Full:        "too many surveys at a time",
	places.AddressFull: "too many surveys at a time from one address",
}

var errSurvey = errors.New("the survey has failed")

// NewSurvey returns the props of the actor for surveys.
func NewSurvey(node *Node) *actor.Props {
	memory := new(surveyQueue)
	return node.Props(func(func() bool) actor.Actor { return &Survey{node: node, surveyQueue: memory} })
}

// Receive implements actor.Actor.
func (s *Survey) Receive(ctx actor.Context) {
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

// recover goes on after a restart, without the survey that was under way: if it
// is what the actor has failed at, it must not do so again and again.
func (s *Survey) resume(ctx actor.Context) {
	if failed, ok := s.Serving(); ok {
		ctx.Send(failed.Conn, &messages.Surveyed{Number: failed.Number, Err: errSurvey})
		s.Remove(failed)
	}
	s.startNext(ctx)
}

// add gives a survey a place, or its ranges to one that has a place. It may be asked
// again while it waits, and even have been answered when that is read: a piece of the
// log can take its time.
func (s *Survey) addSurvey(ctx actor.Context, m *messages.Survey) {
	again := func(w *messages.Survey) bool { return w.Number == m.Number && w.Conn.Equal(m.Conn) }
	if s.lastAnswered != nil && again(s.lastAnswered) {
		return
	}
	w, ok := s.Find(again)
	switch {
	case !ok:
		s.enqueue(ctx, m)
	case w.Ranges == nil: // else this is an older word
		w.Ranges = m.Ranges
	}
	s.startNext(ctx)
}

// place gives a survey a place, or says why there is none: to its client, or to the one
// that gives its place up.
func (s *Survey) enqueue(ctx actor.Context, m *messages.Survey) {
	l := s.node.Ring().Limits
	displaced, why := s.Add(m, m.From, places.Limits{All: l.Surveys, Each: l.SurveysPerAddress})
	if why != places.Admitted {
		ctx.Send(m.Conn, &messages.Surveyed{Number: m.Number, Refused: refusalTexts[why]})
	}
	for _, d := range displaced {
		ctx.Send(d.Conn, &messages.Surveyed{Number: d.Number, Refused: refusalTexts[places.Full]})
	}
}

// begin begins with the survey whose turn it is, if none is under way.
func (s *Survey) startNext(ctx actor.Context) {
	m, ok := s.Next(func(w *messages.Survey) bool { return w.Ranges != nil })
	if !ok {
		return
	}
	s.digester = verify.NewDigester(m.Ranges)
	s.reader = s.node.journal.Reader(s.marksBefore(m.Ranges))
	ctx.Send(ctx.Self(), &nextPiece{m})
}

// around returns the marks of a peer that lacks what a survey asks for, and not
// much more: what stands before that in the log need not be read.
func (s *Survey) marksBefore(ranges []marks.Mark) *marks.Vector {
	peer := s.node.ledger.DurableVector()
	for _, r := range ranges {
		if before := max(r.First, 1) - 1; before < peer.Seq(r.Run) {
			peer.Set(marks.Mark{Run: r.Run, Seq: before})
		}
	}
	return peer
}

// read reads a piece of the log.
func (s *Survey) readPiece(ctx actor.Context, m *messages.Survey) {
	if now, ok := s.Serving(); !ok || now != m {
		return // it was ended
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

// note passes on why no more was read. What was not read has no digest: that is
// the answer, and whoever asked asks again when the log is mended.
func (s *Survey) logReadError(ctx actor.Context, err error) {
	switch {
	case errors.Is(err, journal.ErrDamaged):
		ctx.Send(s.node.AccessLog(), &messages.Damaged{Err: err})
	case err != nil && err != io.EOF:
		s.node.Log.WithError(err).Warn("a survey of the access log cannot go on")
	}
}

// forget ends the survey of a client that has gone.
func (s *Survey) clientGone(ctx actor.Context, conn *actor.PID) {
	if m, ok := s.Find(func(w *messages.Survey) bool { return w.Conn.Equal(conn) }); ok {
		s.finish(ctx, m)
	}
}

// end takes the place of a survey away, and goes on with the next if it was under way.
func (s *Survey) finish(ctx actor.Context, m *messages.Survey) {
	if now, ok := s.Serving(); ok && now == m {
		s.closeReader()
	}
	s.Remove(m)
	s.startNext(ctx)
}

func (s *Survey) closeReader() {
	if s.reader != nil {
		closeLogReader(s.node.Log, s.reader)
		s.reader, s.digester = nil, nil
	}
}
