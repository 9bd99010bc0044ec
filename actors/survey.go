package actors

import (
	"errors"
	"io"
	"slices"
	"time"

	"github.com/asynkron/protoactor-go/actor"

	"xlattice.org/zog/internal/journal"
	"xlattice.org/zog/internal/marks"
	"xlattice.org/zog/internal/verify"
	"xlattice.org/zog/messages"
)

// surveyPause lies between two pieces of the log, of some 300 KB each.
const surveyPause = 2 * time.Millisecond

// maxSurveys is how many surveys are under way or wait for their turn (I6).
const maxSurveys = 16

// Survey says what the log on disk has of the ranges that clients ask for. It
// reads the log for one survey at a time, in pieces, and looks into its mailbox
// in between: a client that has gone, or the end of the host, ends the reading.
// Nobody waits for it but those who ask.
type Survey struct {
	node *Node
	*surveys
	reader   *journal.Reader // of the first survey that waits
	digester *verify.Digester
	last     *messages.Survey // that was answered
	pace     *time.Timer      // to the next piece
}

// surveys is what is asked for, the one under way first. It outlives the actor.
type surveys struct{ waiting []*messages.Survey }

// surveyOn is how a survey lets other mail in between.
type surveyOn struct{ survey *messages.Survey }

// Why a survey is not answered.
const errSurveys violation = "too many surveys at a time"

var errSurvey = errors.New("the survey has failed")

// NewSurvey returns the props of the actor for surveys.
func NewSurvey(node *Node) *actor.Props {
	memory := new(surveys)
	return node.Props(func(func() bool) actor.Actor { return &Survey{node: node, surveys: memory} })
}

// Receive implements actor.Actor.
func (s *Survey) Receive(ctx actor.Context) {
	switch m := ctx.Message().(type) {
	case *actor.Started:
		s.recover(ctx)
	case *messages.Survey:
		s.add(ctx, m)
	case *surveyOn:
		s.read(ctx, m.survey)
	case *messages.Gone:
		s.forget(ctx, m.Conn)
	case *actor.Stopping, *actor.Restarting:
		disarm(s.pace)
		s.closeReader()
	}
}

// recover goes on after a restart, without the survey that was under way: if it
// is what the actor has failed at, it must not do so again and again.
func (s *Survey) recover(ctx actor.Context) {
	if len(s.waiting) > 0 {
		failed := s.waiting[0]
		ctx.Send(failed.Conn, &messages.Surveyed{Number: failed.Number, Err: errSurvey})
		s.waiting = s.waiting[1:]
	}
	s.begin(ctx)
}

// add puts a survey behind those that wait. It may be asked again while it
// waits, and even have been answered when that is read: a piece of the log can
// take its time.
func (s *Survey) add(ctx actor.Context, m *messages.Survey) {
	again := func(w *messages.Survey) bool { return w.Number == m.Number && w.Conn.Equal(m.Conn) }
	switch {
	case s.last != nil && again(s.last), slices.ContainsFunc(s.waiting, again):
		return
	case len(s.waiting) >= maxSurveys:
		ctx.Send(m.Conn, &messages.Surveyed{Number: m.Number, Err: errSurveys})
		return
	}
	s.waiting = append(s.waiting, m)
	s.begin(ctx)
}

// begin begins with the first survey, if none is under way.
func (s *Survey) begin(ctx actor.Context) {
	if len(s.waiting) == 0 || s.reader != nil {
		return
	}
	m := s.waiting[0]
	s.digester = verify.NewDigester(m.Ranges)
	s.reader = s.node.Journal.Reader(s.around(m.Ranges))
	ctx.Send(ctx.Self(), &surveyOn{m})
}

// around returns the marks of a peer that lacks what a survey asks for, and not
// much more: what stands before that in the log need not be read.
func (s *Survey) around(ranges []marks.Mark) *marks.Table {
	peer := s.node.Ledger.Snapshot()
	for _, r := range ranges {
		if before := max(r.First, 1) - 1; before < peer.Seq(r.Run) {
			peer.Set(marks.Mark{Run: r.Run, Seq: before})
		}
	}
	return peer
}

// read reads a piece of the log.
func (s *Survey) read(ctx actor.Context, m *messages.Survey) {
	if s.reader == nil || s.waiting[0] != m {
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
		s.pace = alarm(ctx, surveyPause, &surveyOn{m})
		return
	}
	s.note(ctx, err)
	ctx.Send(m.Conn, &messages.Surveyed{Number: m.Number, Digests: s.digester.Digests()})
	s.last = m
	s.end(ctx, 0)
}

// note passes on why no more was read. What was not read has no digest: that is
// the answer, and whoever asked asks again when the log is mended.
func (s *Survey) note(ctx actor.Context, err error) {
	switch {
	case errors.Is(err, journal.ErrDamaged):
		ctx.Send(s.node.AccessLog(), &messages.Damaged{Err: err})
	case err != nil && err != io.EOF:
		s.node.Log.WithError(err).Warn("a survey of the access log cannot go on")
	}
}

// forget ends the survey of a client that has gone.
func (s *Survey) forget(ctx actor.Context, conn *actor.PID) {
	i := slices.IndexFunc(s.waiting, func(w *messages.Survey) bool { return w.Conn.Equal(conn) })
	if i >= 0 {
		s.end(ctx, i)
	}
}

// end takes a survey out of those that wait, and goes on with the next if it
// was under way.
func (s *Survey) end(ctx actor.Context, i int) {
	s.waiting = slices.Delete(s.waiting, i, i+1)
	if i == 0 {
		s.closeReader()
		s.begin(ctx)
	}
}

func (s *Survey) closeReader() {
	if s.reader != nil {
		s.node.endReading(s.reader)
		s.reader, s.digester = nil, nil
	}
}
