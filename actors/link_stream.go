package actors

import (
	"errors"
	"io"
	"time"

	"github.com/asynkron/protoactor-go/actor"

	"xlattice.org/zog/internal/frame"
	"xlattice.org/zog/internal/journal"
	"xlattice.org/zog/internal/row"
	"xlattice.org/zog/internal/stream"
	"xlattice.org/zog/messages"
)

// linkStream carries out what a stream.Machine decides. It is a part of the link, one for each
// connection.
type linkStream struct {
	link    *link
	machine *stream.Machine
	reader  *journal.Reader // while the machine has it open
	timers  [stream.Alarms]*time.Timer
}

// streamAlarm is an alarm that a stream has set. It may come late, on the next connection.
type streamAlarm struct {
	stream *linkStream
	alarm  stream.Alarm
}

// receive takes the messages that the link does not take itself.
func (s *linkStream) receive(ctx actor.Context) error {
	switch m := ctx.Message().(type) {
	case *messages.Located:
		return s.do(ctx, s.machine.Located(s.now(), m.Marks, m.Position, m.OK))
	case *messages.Forward:
		return s.forwarded(ctx, m)
	case *streamAlarm:
		if m.stream == s {
			return s.do(ctx, s.machine.Alarm(s.now(), m.alarm))
		}
	case *messages.Drain:
		return s.do(ctx, s.machine.Drain(s.now()))
	}
	return nil
}

func (s *linkStream) now() stream.Now {
	node := s.link.node
	return stream.Now{Time: time.Now(), Interval: node.Ring().Forward.Interval, Taken: node.position.Load()}
}

// forwarded takes what the router forwards.
func (s *linkStream) forwarded(ctx actor.Context, m *messages.Forward) error {
	out, effects := s.machine.Forwarded(s.now(), s.link.out.buf, stream.Forward{
		Position: m.Position, OK: m.OK, Rows: m.Rows, Next: m.Next, End: m.End, Up: m.Up,
	})
	s.link.out.buf = out
	return s.do(ctx, effects)
}

// do carries out effects, in their order. Only the last one may cause others, which use the same
// memory.
func (s *linkStream) do(ctx actor.Context, effects []stream.Effect) error {
	for i := range effects {
		if err := s.carryOut(ctx, &effects[i]); err != nil {
			return err
		}
	}
	return nil
}

func (s *linkStream) carryOut(ctx actor.Context, e *stream.Effect) error {
	node := s.link.node
	switch e.Do {
	case stream.GetMarks:
		return s.do(ctx, s.machine.Begin(s.now(), node.ledger.AckedBy(s.link.peer)))
	case stream.Locate, stream.Pull, stream.Reach:
		s.tellRouter(ctx, e)
	case stream.Open:
		s.reader = node.journal.Reader(node.ledger.AckedBy(s.link.peer))
	case stream.Read:
		return s.read(ctx)
	case stream.Close:
		s.closeReader()
	case stream.Give:
		for _, rows := range e.Rows {
			s.noteGiven(rows)
		}
	case stream.SayMarks:
		s.link.sendMarks(node.ledger.DurableVector(), true)
	case stream.Send:
		return s.link.flush(ctx)
	case stream.Count:
		node.Counts.Forwarded.Add(e.Frames)
	case stream.Set:
		s.timers[e.Alarm.Kind] = sendAfter(ctx, e.After, &streamAlarm{stream: s, alarm: e.Alarm})
	case stream.Unset:
		stopTimers(s.timers[e.Alarm.Kind])
	case stream.Note:
		s.link.log.note(e.Text)
	case stream.Drained:
		ctx.Send(ctx.Parent(), &messages.Drained{Who: ctx.Self()})
	case stream.Damage:
		ctx.Send(node.AccessLog(), &messages.Damaged{Err: e.Err})
		return e.Err
	case stream.Violation:
		return violation(e.Err.Error())
	}
	return nil
}

func (s *linkStream) tellRouter(ctx actor.Context, e *stream.Effect) {
	router, peer := s.link.node.router(), s.link.peer
	switch e.Do {
	case stream.Locate:
		ctx.Send(router, &messages.Locate{Peer: peer, Link: ctx.Self(), Marks: e.Marks})
	case stream.Pull:
		ctx.Send(router, &messages.Pull{Peer: peer, Link: ctx.Self(), Position: e.Position, Now: e.Now, Every: e.Every})
	case stream.Reach:
		ctx.Send(router, &messages.Reached{Peer: peer, Up: e.Up})
	}
}

// read reads a piece of the log for a repair.
func (s *linkStream) read(ctx actor.Context) error {
	rows, err := s.reader.Next()
	switch {
	case errors.Is(err, io.EOF):
		return s.do(ctx, s.machine.EndOfLog(s.now(), s.reader.End()))
	case err != nil:
		return s.do(ctx, s.machine.ReadFailed(s.now(), err))
	}
	out, effects := s.machine.ReadRows(s.now(), s.link.out.buf, rows)
	s.link.out.buf = out
	return s.do(ctx, effects)
}

// closeReader must not panic if there is no reader, as Open may have failed.
func (s *linkStream) closeReader() {
	if s.reader != nil {
		closeLogReader(s.link.node.Log, s.reader)
		s.reader = nil
	}
}

// acked goes on with the peer's marks, which are in the ledger.
func (s *linkStream) acked(ctx actor.Context, repair bool) error {
	return s.do(ctx, s.machine.Acked(s.now(), repair))
}

// answered takes an Ok.
func (s *linkStream) answered(ctx actor.Context, ok *frame.Ok) error {
	return s.do(ctx, s.machine.Answered(s.now(), ok.ID, ok.Copies > 0))
}

// sent tells the machine that everything was written, or will be when the peer reads.
func (s *linkStream) sent(ctx actor.Context) error { return s.do(ctx, s.machine.Sent(s.now())) }

// end ends the stream. None of these effects can fail.
func (s *linkStream) end(ctx actor.Context) { _ = s.do(ctx, s.machine.Disconnected()) }

// noteGiven notes in the ledger up to where our present run is given to a peer. It does so before
// the messages are sent, as the peer's marks are checked against it. Messages of one run are in
// their order, so the last one is enough.
func (s *linkStream) noteGiven(rows []row.Row) {
	node := s.link.node
	boot, name := node.boot.Load(), node.Name()
	for i := len(rows) - 1; i >= 0; i-- {
		if r := &rows[i]; r.Boot == boot && r.Origin == name {
			node.ledger.Sending(r.Run, r.Last())
			return
		}
	}
}
