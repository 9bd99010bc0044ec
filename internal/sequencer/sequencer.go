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
	// resendKeep is how long the name of a message is remembered, and resendLimit how many
	// stretches of them (I6).
	resendKeep  = 10 * time.Minute
	resendLimit = 1 << 16
	// textsKept is the number of messages whose fingerprints, 4 bytes each, are kept (I6).
	textsKept = 1 << 20
)

// Config is what a Sequencer needs to know of the host and its ring.
type Config struct {
	// Self is the index of the host in the ring.
	Self int
	// Index returns the index of a host of the ring by name.
	Index func(origin string) (int, bool)
	// Repairs knows who is asked for a repair, and whether a hole may be declared.
	Repairs *repair.Selector
	// Runs counts the runs that were taken, and limits new ones. Others may read it.
	Runs *marks.RunLimiter
	// Limits returns the limits for the runs of an origin.
	Limits func() marks.RunLimits
	// Describe returns what is known of a run that a peer brings.
	Describe func(peer int, run marks.Run) marks.UnknownRun
	// Denies reports whether a host says now, on the connection that we dialled, that it
	// does not hold run up to message seq.
	Denies func(host int, run marks.Run, seq uint64) bool
}

// Sequencer decides for one host. Make one with New, and call Begin first.
type Sequencer struct {
	cfg    Config
	taken  marks.Vector
	run    marks.Run // the present run of the host
	seq    uint64    // the last message of run
	resent *resend.Table
	texts  *fingerprint.Table
}

// New returns a Sequencer that has taken nothing.
func New(c Config) *Sequencer {
	return &Sequencer{cfg: c, resent: resend.New(resendLimit, resendKeep), texts: fingerprint.New(textsKept)}
}

// Taken returns the version vector of what was taken. It must not be changed, and is valid
// until the next call.
func (s *Sequencer) Taken() *marks.Vector { return &s.taken }

// Present returns the present run, with the seq of its last message. Its Boot is 0 before
// Begin.
func (s *Sequencer) Present() marks.Mark { return marks.Mark{Run: s.run, Seq: s.seq} }

// Begin begins run, a new run of this host. What was taken falls back to durable, which the
// Sequencer owns from now on. A message that was taken and is not durable is unknown from
// now on. It keeps its identity in the earlier run, and comes back by repair if a peer has
// it.
func (s *Sequencer) Begin(run marks.Run, durable *marks.Vector) {
	s.taken = *durable
	s.cfg.Runs.Reset(&s.taken, s.cfg.Index)
	s.resent.Retain(s.taken.Seq)
	s.run, s.seq = run, 0
}

// Void notes that other hosts may have other messages under the seqs of run, one of our
// own, after confirmed. If a client sends one of these messages again, it gets a new
// identity.
func (s *Sequencer) Void(run marks.Run, confirmed uint64) {
	s.resent.Retain(func(other marks.Run) uint64 {
		if other == run {
			return confirmed
		}
		return math.MaxUint64
	})
}

// Durable merges a mark of the log into what was taken. A mark with Seq 0 says that no host
// holds a line of the run. A batch on its way to the disk when a new run begins becomes
// durable later. If it did not count as taken then, a repair would be waited for, while
// peers see by our marks that we have it.
func (s *Sequencer) Durable(m marks.Mark, now time.Time) {
	isNew := s.taken.Seq(m.Run) == 0
	switch s.taken.Merge(m); {
	case m.Seq == 0:
		s.forget(m.Run)
	case isNew:
		s.count(s.cfg.Self, m.Run, now)
	}
}

// HasRoom reports whether the present run has seqs left for so many messages.
func (s *Sequencer) HasRoom(messages int) bool { return s.seq+uint64(messages) <= record.MaxSeq }

// count counts a run that was new, if it was taken.
func (s *Sequencer) count(peer int, run marks.Run, now time.Time) {
	if s.taken.Seq(run) > 0 {
		s.cfg.Runs.Add(s.cfg.Describe(peer, run), s.cfg.Limits(), now)
	}
}

// forget removes a run of which no host holds a line.
func (s *Sequencer) forget(run marks.Run) {
	if s.taken.Seq(run) > 0 {
		s.cfg.Runs.Remove(marks.OriginIndex(run, s.cfg.Index))
	}
	s.taken.Set(marks.Mark{Run: run})
	s.resent.Drop(run)
}

// remember notes the names and the texts of the messages of a row.
func (s *Sequencer) remember(owner resend.Owner, taken *row.Row, now time.Time) {
	s.resent.Note(owner, taken.Session, taken.Number, taken.Run, taken.Seq, taken.Len(), now)
	s.texts.Note(taken)
}
