package actors

import (
	"errors"
	"io"
	"time"

	"github.com/asynkron/protoactor-go/actor"

	"xlattice.org/zog/messages"
)

// A stream in the phase reading sends a repair from the segments on disk.

// repairPause lies between two pieces, some 300 KB each, and as long again as the
// piece took: live traffic has the machine for more than half of the time.
const repairPause = time.Millisecond

func (s *stream) becomeReading(ctx actor.Context) {
	s.phase = reading
	if s.reader == nil {
		s.reader = s.link.node.Journal.Reader(s.link.node.Ledger.AckedBy(s.link.peer))
		s.link.log.note("asks for what the window no longer has; reading it from the log")
	}
	s.later(ctx, 0)
}

// read sends the next piece of a repair from disk, and goes on after a pause, in
// which live traffic has the machine.
func (s *stream) read(ctx actor.Context) error {
	if s.phase != reading || s.cursor.Full() {
		return nil
	}
	began := time.Now()
	rows, err := s.reader.Next()
	switch {
	case errors.Is(err, io.EOF):
		s.becomeClosing(ctx, s.reader.End())
		return nil
	case err != nil:
		ctx.Send(s.link.node.AccessLog(), &messages.Damaged{Err: err})
		return err
	}
	s.append(rows, 0)
	if err := s.link.flush(ctx); err != nil {
		return err
	}
	s.later(ctx, repairPause+time.Since(began))
	return nil
}

func (s *stream) closeReader() {
	if s.reader != nil {
		s.link.node.endReading(s.reader)
		s.reader = nil
	}
}
