package sequencer

import (
	"math"
	"time"

	"xlattice.org/zog/internal/fingerprint"
	"xlattice.org/zog/internal/marks"
	"xlattice.org/zog/internal/record"
	"xlattice.org/zog/internal/repair"
	"xlattice.org/zog/internal/resend"
	"xlattice.org/zog/internal/row"
)

const (
	// resendKeep is how long a message that a client sends again is known again, and
	// resendLimit how many stretches of messages are remembered (I6).
	resendKeep  = 10 * time.Minute
	resendLimit = 1 << 16
	// textsKept is of how many messages a fingerprint of 4 bytes is kept (I6).
	textsKept = 1 << 20
)

// Config is what a Sequencer is told, or asks, of the host and its ring.
type Config struct {
	// Self is the index of the host in the ring.
	Self int
	// Index returns the index of a host of the ring by name.
	Index func(origin string) (int, bool)
	// Repairs knows who was asked for a repair, and whether a hole may be declared.
	Repairs *repair.Selector
	// Runs counts the runs in what was taken, and limits the new ones. It may be read by
	// others.
	Runs *marks.RunLimiter
	// Limits is how many runs are taken of an origin.
	Limits func() marks.RunLimits
	// Describe returns what is known of a run that a peer brings.
	Describe func(peer int, run marks.Run) marks.UnknownRun
	// Denies tells whether a host says now, on the connection that we dialled, that it
	// does not hold run as far as message seq.
	Denies func(host int, run marks.Run, seq uint64) bool
}

// Sequencer decides for one host. Make one with New, and call Begin before all else.
type Sequencer struct {
	cfg    Config
	taken  marks.Vector
	run    marks.Run // the host's own, present one
	seq    uint64    // of its last message
	resent *resend.Table
	texts  *fingerprint.Table
}

// New returns a Sequencer that has taken nothing.
func New(c Config) *Sequencer {
	return &Sequencer{cfg: c, resent: resend.New(resendLimit, resendKeep), texts: fingerprint.New(textsKept)}
}

// Taken returns the version vector of what was taken. It is read only, and valid until
// the next call.
func (s *Sequencer) Taken() *marks.Vector { return &s.taken }

// Present returns the host's own run, with the seq of its last message. Its Boot is 0
// before Begin.
func (s *Sequencer) Present() marks.Mark { return marks.Mark{Run: s.run, Seq: s.seq} }

// Begin begins run, a new one of the host's own, with what was taken fallen back to what
// is durable; it keeps durable. What was taken beyond that is not known any more: it
// keeps its number, and comes back by repair as a message of the run before.
func (s *Sequencer) Begin(run marks.Run, durable *marks.Vector) {
	s.taken = *durable
	s.cfg.Runs.Reset(&s.taken, s.cfg.Index)
	s.resent.Retain(s.taken.Seq)
	s.run, s.seq = run, 0
}

// Void notes that other hosts may have other messages under the numbers of run, which is
// our own, behind message confirmed. A client that sends one of them again is not
// answered under that identity.
func (s *Sequencer) Void(run marks.Run, confirmed uint64) {
	s.resent.Retain(func(other marks.Run) uint64 {
		if other == run {
			return confirmed
		}
		return math.MaxUint64
	})
}

// Durable takes over a mark of what the log has; one with Seq 0 says that no host holds
// a line of the run. What is durable is taken: a batch that was on its way to the disk
// when a new run began would else be waited for, while its sender sees by our marks that
// we have it.
func (s *Sequencer) Durable(m marks.Mark, now time.Time) {
	isNew := s.taken.Seq(m.Run) == 0
	switch s.taken.Merge(m); {
	case m.Seq == 0:
		s.forget(m.Run)
	case isNew:
		s.count(s.cfg.Self, m.Run, now)
	}
}

// HasRoom tells whether our run has numbers for so many messages.
func (s *Sequencer) HasRoom(messages int) bool { return s.seq+uint64(messages) <= record.MaxSeq }

// count counts a run that was new, if it was taken.
func (s *Sequencer) count(peer int, run marks.Run, now time.Time) {
	if s.taken.Seq(run) > 0 {
		s.cfg.Runs.Add(s.cfg.Describe(peer, run), s.cfg.Limits(), now)
	}
}

// forget drops a run of which no host holds a line.
func (s *Sequencer) forget(run marks.Run) {
	if s.taken.Seq(run) > 0 {
		s.cfg.Runs.Remove(marks.OriginIndex(run, s.cfg.Index))
	}
	s.taken.Set(marks.Mark{Run: run})
	s.resent.Drop(run)
}

// remember notes what the client calls the messages of a row, and what they say.
func (s *Sequencer) remember(owner resend.Owner, taken *row.Row, now time.Time) {
	s.resent.Note(owner, taken.Session, taken.Number, taken.Run, taken.Seq, taken.Len(), now)
	s.texts.Note(taken)
}
