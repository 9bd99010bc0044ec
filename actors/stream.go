package actors

import (
	"time"

	"github.com/asynkron/protoactor-go/actor"

	"xlattice.org/zog/internal/frame"
	"xlattice.org/zog/internal/journal"
	"xlattice.org/zog/internal/relay"
	"xlattice.org/zog/internal/ring"
	"xlattice.org/zog/internal/row"
	"xlattice.org/zog/internal/schedule"
	"xlattice.org/zog/messages"
)

// pullSize is about how many bytes of messages a link takes at a time. Between two
// it hears answers and alarms.
const pullSize = 256 << 10

// phase is what a stream is doing. Only the become methods change it.
type phase uint8

const (
	// lagging: the peer lacks more than the window has, or does not answer.
	// It is sent nothing but our marks, the tree does without it, and it
	// will ask for a repair.
	lagging phase = iota
	// live: what the tree gives to this link goes out as it is taken.
	live
	// reading: a repair, from the segments on disk.
	reading
	// closing: a repair, from the window: the end is near.
	closing
)

// stream is the sending side of a Link while its peer is there: a position in
// our messages that moves on as the peer answers. It is a part of the Link's
// actor, one for each connection.
type stream struct {
	link   *Link
	cursor *relay.Cursor
	phase  phase
	reader *journal.Reader

	locating bool
	pulled   bool // a Pull is out
	position uint64
	sentAt   time.Time   // the last batch
	more     bool        // there is more behind it than one batch takes
	watch    *time.Timer // for unanswered frames
	next     *goOn       // that is on its way
	pace     *time.Timer // to it
	draining bool

	beginning
}

// receive takes what the Link does not take itself.
func (s *stream) receive(ctx actor.Context) error {
	switch m := ctx.Message().(type) {
	case *messages.Located:
		s.located(ctx, m)
	case *messages.Forward:
		return s.forward(ctx, m)
	case *beginDue:
		if m.stream == s && s.due != nil {
			s.begin(ctx)
		}
	case *goOn:
		if m == s.next {
			s.next = nil
			return s.goOn(ctx)
		}
	case *unanswered:
		s.stalled(ctx, m)
	case *messages.Drain:
		s.draining = true
		if s.pulled && s.phase == live { // in closing it is answered at once
			s.ask(ctx)
		}
		s.drained(ctx)
	}
	return nil
}

func (s *stream) becomeLagging(ctx actor.Context) {
	s.leave(ctx)
	s.phase = lagging
	s.drained(ctx)
}

func (s *stream) becomeLive(ctx actor.Context, position uint64) {
	s.phase, s.position = live, position
	ctx.Send(s.link.node.Router(), &messages.Reached{Peer: s.link.peer, Up: true})
	s.pull(ctx)
}

func (s *stream) becomeClosing(ctx actor.Context, position uint64) {
	s.phase, s.position = closing, position
	s.pull(ctx)
}

// leave ends what the phase has under way.
func (s *stream) leave(ctx actor.Context) {
	if s.phase == live {
		ctx.Send(s.link.node.Router(), &messages.Reached{Peer: s.link.peer, Up: false})
	}
	s.closeReader()
	disarm(s.pace)
	s.pulled, s.locating, s.more, s.next = false, false, false, nil
}

// goOn lets a stream go on later: one that reads from disk, to let other mail in
// between, and one that keeps an interval between batches. Only the one that the
// stream waits for counts: it is told by its address, and so must not be empty.
type goOn struct{ _ byte }

// later has the stream go on after a while, unless that was asked for.
func (s *stream) later(ctx actor.Context, after time.Duration) {
	if s.next == nil {
		s.next = new(goOn)
		s.pace = alarm(ctx, after, s.next)
	}
}

func (s *stream) goOn(ctx actor.Context) error {
	if s.phase == reading {
		return s.read(ctx)
	}
	s.pull(ctx)
	return nil
}

// rest is how long it still is to the next batch. The first one after a time of
// quiet does not wait; nor does one for which there is more than enough already, or
// the interval would bound the rate.
func (s *stream) rest() time.Duration {
	interval := s.link.node.Ring().Forward.Interval
	if s.phase != live || s.draining || s.more || interval == 0 {
		return 0
	}
	return interval - time.Since(s.sentAt)
}

// pull asks for more, unless too much is unanswered.
func (s *stream) pull(ctx actor.Context) {
	if s.pulled || s.cursor.Full() {
		return
	}
	if rest := s.rest(); rest > 0 {
		s.later(ctx, rest)
		return
	}
	s.ask(ctx)
}

// ask asks the router. While we are to finish we want to know that there is no more
// for us: our position follows the router's.
func (s *stream) ask(ctx actor.Context) {
	s.pulled = true
	ctx.Send(s.link.node.Router(), &messages.Pull{
		Peer: s.link.peer, Link: ctx.Self(), Position: s.position, Now: s.phase == closing, Every: s.draining,
	})
}

// forward sends what the router gave. What was asked for in an earlier phase
// is passed over.
func (s *stream) forward(ctx actor.Context, m *messages.Forward) error {
	if !s.pulled || m.Position != s.position {
		return nil
	}
	s.pulled = false
	switch {
	case !m.OK && s.phase == closing:
		s.becomeReading(ctx) // the window has moved on
		return nil
	case !m.OK:
		s.link.log.note("is not where the window is any more; it will ask again")
		s.becomeLagging(ctx)
		return nil
	}
	for _, rows := range m.Rows {
		s.append(rows, m.Up)
	}
	s.position, s.more = m.Next, !m.End
	if s.phase == closing && m.End {
		s.repaired(ctx)
	}
	if err := s.link.flush(ctx); err != nil {
		return err
	}
	s.pull(ctx)
	s.drained(ctx)
	return nil
}

// repaired ends a repair: the peer has been sent all that we have, and is told
// so; the tree takes over.
func (s *stream) repaired(ctx actor.Context) {
	s.closeReader()
	s.cursor.EndRepair()
	s.link.say(s.link.node.Ledger.Snapshot(), true)
	s.becomeLive(ctx, s.position)
}

func (s *stream) append(rows []row.Row, up ring.Set) {
	s.link.node.gave(rows)
	s.link.out.buf = s.cursor.Append(s.link.out.buf, rows, up)
}

// sent notes that the Link has written all that was appended, or writes it when the
// peer reads.
func (s *stream) sent(ctx actor.Context) {
	if n := s.cursor.Sent(time.Now()); n > 0 {
		s.sentAt = time.Now()
		s.link.node.Counts.Forwarded.Add(n)
		s.arm(ctx, peerTimeout)
	}
}

// answered takes an Ok. What it frees may be used at once.
func (s *stream) answered(ctx actor.Context, ok *frame.Ok) error {
	full := s.cursor.Full()
	lost, err := s.cursor.Answered(ok.ID, ok.Copies > 0, time.Now())
	if err != nil {
		return violation(err.Error())
	}
	if lost && s.phase == live {
		// The peer is being repaired by another host. The tree does without
		// it until its marks say that it has caught up.
		s.link.log.note("lacks what is before the newest messages")
		s.becomeLagging(ctx)
	}
	if full && !s.cursor.Full() {
		switch s.phase {
		case reading:
			s.later(ctx, 0)
		case live, closing:
			s.pull(ctx)
		}
	}
	s.drained(ctx)
	return nil
}

// arm sees to it that we look at what is unanswered.
func (s *stream) arm(ctx actor.Context, after time.Duration) {
	if s.watch != nil {
		return
	}
	s.watch = alarm(ctx, after, &unanswered{at: time.Now().Add(after)})
}

// stalled looks whether a frame has been unanswered for too long: then the
// tree does without this peer (DESIGN 4), until it has answered and speaks of its
// marks again, or asks for a repair.
func (s *stream) stalled(ctx actor.Context, m *unanswered) {
	s.watch = nil
	switch left := s.left(); {
	case schedule.Late(m.at, time.Now()): // the answer may be there, unread
		s.arm(ctx, peerTimeout)
	case left > 0 && left < forever:
		s.arm(ctx, left)
	case left <= 0 && s.phase == live:
		s.link.log.note("does not answer")
		s.becomeLagging(ctx)
	}
}

const forever = time.Duration(1<<63 - 1)

// left returns how long the peer still has to answer the oldest frame.
func (s *stream) left() time.Duration {
	oldest, ok := s.cursor.Oldest()
	if !ok {
		return forever
	}
	return peerTimeout - time.Since(oldest)
}

// oldest returns when the oldest unanswered frame was sent, or the zero time.
func (s *stream) oldest() time.Time {
	at, _ := s.cursor.Oldest()
	return at
}

// drained says so, when we are to finish, once all is sent and answered. A
// repair from disk is not waited for: it goes on after the next start.
func (s *stream) drained(ctx actor.Context) {
	if !s.draining {
		return
	}
	_, busy := s.cursor.Oldest()
	sent := !busy && s.position == s.link.node.Position.Load()
	if sent || s.phase == lagging || s.phase == reading {
		s.draining = false
		ctx.Send(ctx.Parent(), &messages.Drained{Who: ctx.Self()})
	}
}

// end lets go of everything.
func (s *stream) end(ctx actor.Context) {
	s.leave(ctx)
	disarm(s.watch, s.due)
}
