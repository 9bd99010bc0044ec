package actors

import (
	"time"

	"github.com/asynkron/protoactor-go/actor"

	"xlattice.org/zog/messages"
)

// Where in our messages a stream begins to send, and begins again when the peer asks.

// beginPause lies between two times that a stream begins.
const beginPause = 10 * time.Millisecond

// beginning is when a stream begins, and begins again.
type beginning struct {
	began time.Time   // the last time
	asked bool        // the peer has asked for a repair since
	due   *time.Timer // to the next time
}

// beginDue is the alarm for a stream to begin again.
type beginDue struct{ stream *stream }

// acked goes on with what the peer has by its own word: it begins, or begins
// again if the peer asks for a repair, or was lagging and has answered since. One that
// asks as fast as it can is heard now and then.
func (s *stream) acked(ctx actor.Context, repair bool) {
	if !repair && !s.waits() {
		return
	}
	s.asked = s.asked || repair
	if rest := beginPause - time.Since(s.began); rest <= 0 {
		s.begin(ctx)
	} else if s.due == nil {
		s.due = alarm(ctx, rest, &beginDue{s})
	}
}

// begin begins with what the peer has by its own word, if there still is a reason to.
func (s *stream) begin(ctx actor.Context) {
	disarm(s.due)
	repair := s.asked
	s.asked, s.due = false, nil
	if !repair && !s.waits() {
		return
	}
	s.began = time.Now()
	s.becomeLagging(ctx)
	peer := s.link.node.Ledger.AckedBy(s.link.peer)
	s.cursor.Begin(peer, repair)
	s.locating = true
	ctx.Send(s.link.node.Router(), &messages.Locate{Peer: s.link.peer, Link: ctx.Self(), Marks: peer.Clone(), Repair: repair})
}

// located begins where the window has all that the peer lacks, or, if it does
// not, from the disk if the peer has asked.
func (s *stream) located(ctx actor.Context, m *messages.Located) {
	if !s.locating || m.Repair != s.cursor.Repairing() {
		return // an answer to an earlier question
	}
	s.locating = false
	switch {
	case m.OK && m.Repair:
		s.becomeClosing(ctx, m.Position)
	case m.OK:
		s.becomeLive(ctx, m.Position)
	case m.Repair:
		s.becomeReading(ctx)
	}
}

// waits tells whether the stream waits for a word of the peer to begin with.
func (s *stream) waits() bool { return s.phase == lagging && !s.locating && s.left() > 0 }
