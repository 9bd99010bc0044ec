package follow

import "time"

const (
	// maxGiven is how many pieces may be given to the connection and not be written: one that
	// is being written, and the next one. If many follow, it is one.
	maxGiven = 2
	// Beat is how often a follower looks whether all is in order, and gives a sign of life if
	// it has given nothing else.
	Beat = time.Second
	// patience is for how long a log may be unreadable.
	patience = 10 * time.Second
)

// Flow decides when a follower reads, and when it gives a sign of life. Pieces of frames are
// given to the connection of the client, which tells when they are written. The zero Flow is
// that of a new follower.
type Flow struct {
	given, written uint64 // the numbers of the last pieces. Invariant: written <= given <= written+maxGiven
	many           bool   // many follow
	asked          bool   // a turn to read is to come
	ended          bool   // the log was read to its end
	failed         bool   // the last read has failed; nothing is read until the next beat
	failing        time.Time
	spoke          time.Time // when a piece was given last
	lastBeat       uint64    // written at the last beat
}

// Want is what a follower wants of the log.
type Want uint8

// What a follower wants.
const (
	Nothing Want = iota // it waits for its client, or for a turn that it has asked for
	Read                // a turn to read
	Growth              // a turn to read once the log has grown
)

// Wants returns what the follower is to ask for now. It counts as asked for.
func (f *Flow) Wants() Want {
	switch {
	case f.asked, f.failed, f.full():
		return Nothing
	case f.ended:
		f.asked = true
		return Growth
	}
	f.asked = true
	return Read
}

func (f *Flow) full() bool {
	if f.many {
		return f.given > f.written
	}
	return f.given >= f.written+maxGiven
}

// SetMany notes whether many follow.
func (f *Flow) SetMany(many bool) { f.many = many }

// MayRead takes a turn. It returns false if there is no use for it: the turn was asked for
// twice.
func (f *Flow) MayRead() bool {
	f.asked = false
	return !f.full()
}

// HasRead notes a read: more tells whether there may be more.
func (f *Flow) HasRead(more bool) { f.ended, f.failing = !more, time.Time{} }

// Failed notes that the log could not be read. It returns true if that is so for long, and the
// connection is to be closed.
func (f *Flow) Failed(now time.Time) (giveUp bool) {
	if f.failed = true; f.failing.IsZero() {
		f.failing = now
	}
	return now.Sub(f.failing) >= patience
}

// Give returns the number of a piece that is given to the connection.
func (f *Flow) Give(now time.Time) (number uint64) {
	f.given, f.spoke = f.given+1, now
	return f.given
}

// Given returns the number of the last piece.
func (f *Flow) Given() uint64 { return f.given }

// Written notes that the pieces up to a number were written.
func (f *Flow) Written(number uint64) { f.written = min(max(f.written, number), f.given) }

// Beaten says what a beat brings.
type Beaten struct {
	Sign  bool // a sign of life is to be given: nothing was
	Check bool // the connection is to be asked again whether the pieces were written
	Stuck bool // the client has read nothing since the last beat
}

// Beats takes a beat. What was asked for may be lost, and is asked for again by the next Wants; and
// the log is looked at, as it may have changed without growing.
func (f *Flow) Beats(now time.Time) (b Beaten) {
	waits := f.given > f.written
	b.Check = waits
	b.Stuck = waits && f.written == f.lastBeat
	b.Sign = !waits && f.failing.IsZero() && now.Sub(f.spoke) >= Beat/2
	f.asked, f.failed, f.ended = false, false, false
	f.lastBeat = f.written
	return b
}
