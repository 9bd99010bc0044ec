package follow

import (
	"math"

	"xlattice.org/zog/internal/marks"
	"xlattice.org/zog/internal/row"
)

// Ask is what a client asks for: the log without what it has or does not want.
type Ask struct {
	Marks *marks.Vector // what it has
	// Since leaves out what was taken before this time, in milliseconds. End leaves out
	// all that the log holds.
	Since int64
	Last  uint32 // leaves out all but so many of the newest messages; 0 leaves out none
}

// End as Ask.Since is the end of the log.
const End = math.MaxInt64

// firstSecond is the least time that a Finder looks for, in Unix seconds: the beginning of the log.
const firstSecond = 1

// Finder finds the position at which a follower begins. It is given rows of the log from the
// place on that Source names.
//
// Per run the position is one number. So what was taken before a time ends, in each run, at
// the first message that was not, and nothing behind it is left out, whatever clocks did.
type Finder struct {
	position *marks.Vector
	held     *marks.Vector // what the log held when the client asked
	since    int64         // Unix seconds; 0 if no time is asked for
	last     uint32

	source Source
	before uint64 // Last: so many messages are left out yet

	// Since
	begun  bool                   // a message was read
	begins *marks.Vector          // where the source begins
	open   map[marks.Run]struct{} // runs of which it is not known yet where what is left out ends
}

// Source is what a Finder reads.
type Source uint8

// The sources. Begin follows on each but Found.
const (
	Found Source = iota // nothing more
	Tail                // the last Ask.Last messages, and some before them
	Since               // what was perhaps taken since Ask.Since
)

// NewFinder returns a Finder of the position of a. held is what the log holds. It owns both.
func NewFinder(a Ask, held *marks.Vector) *Finder {
	f := &Finder{position: a.Marks, held: held, last: a.Last}
	switch {
	case a.Since == End:
		f.leaveOutAll(held)
	case a.Since > 0:
		f.since = max(a.Since/1000, firstSecond) // as stamps do, so that none of this second is left out
	}
	f.next()
	return f
}

// Source returns what is to be read, until it is Found.
func (f *Finder) Source() Source { return f.source }

// Position returns the position, once it is Found. The caller owns it.
func (f *Finder) Position() *marks.Vector { return f.position }

// Last returns how many messages the source Tail is to have.
func (f *Finder) Last() uint64 { return uint64(f.last) }

// Time returns since when, in Unix seconds, the source Since is to have messages.
func (f *Finder) Time() int64 { return f.since }

// next goes on to the next source.
func (f *Finder) next() {
	switch {
	case f.last > 0:
		f.source = Tail
	case f.since > 0:
		f.source = Since
	default:
		f.source = Found
	}
}

// done ends the present source.
func (f *Finder) done() {
	if f.source == Tail {
		f.last = 0
	} else {
		f.since = 0
	}
	f.open, f.begins = nil, nil
	f.next()
}

// Begin begins to read the source. begins has what stands before it in the log, and of the runs
// that begin in it what was retired. skipped says whether a part of the log stands before it. For
// the source Tail, before is how many messages it has before the last ones.
func (f *Finder) Begin(begins *marks.Vector, skipped bool, before uint64) {
	f.begins, f.before, f.begun = begins, before, false
	if f.source == Tail || f.since == firstSecond { // no message is older than that: only what was retired
		f.leaveOutOlder()
		if f.before == 0 {
			f.done()
		}
		return
	}
	if skipped {
		f.begun = true
		f.leaveOutOlder()
	}
	f.open = make(map[marks.Run]struct{})
	for m := range f.held.All() {
		if m.First <= m.Seq && m.Seq > max(begins.Seq(m.Run), f.position.Seq(m.Run)) {
			f.open[m.Run] = struct{}{}
		}
	}
	if f.begun {
		f.endIfFound()
	}
}

// leaveOutOlder leaves out what stands before the source, and what was retired: it is older than
// all that the log has.
func (f *Finder) leaveOutOlder() {
	f.leaveOutAll(f.begins)
	for m := range f.held.All() {
		if m.First > m.Seq {
			f.position.Raise(m.Run, m.Seq)
		}
	}
}

func (f *Finder) leaveOutAll(v *marks.Vector) {
	for m := range v.All() {
		f.position.Raise(m.Run, m.Seq)
	}
}

// Read takes rows of the source, in the order of the log, until the source changes.
func (f *Finder) Read(rows []row.Row) {
	source := f.source
	for i := 0; i < len(rows) && f.source == source; i++ {
		if source == Tail {
			f.skip(&rows[i])
		} else {
			f.compare(&rows[i])
		}
	}
}

// EndOfLog says that the source was read to its end.
func (f *Finder) EndOfLog() {
	if f.source != Found {
		f.done()
	}
}

// skip leaves out a row, or as many of its messages as stand before the last ones.
func (f *Finder) skip(r *row.Row) {
	n := min(f.before, uint64(r.Len()))
	f.position.Raise(r.Run, r.Seq+n-1)
	if f.before -= n; f.before == 0 {
		f.done()
	}
}

// compare leaves out a row if it was taken before the time, and so was all of its run.
func (f *Finder) compare(r *row.Row) {
	earlier := r.Time < f.since
	if !f.begun && earlier {
		// The log reaches back beyond the time, so what was retired is older.
		f.leaveOutOlder()
	}
	f.begun = true
	_, open := f.open[r.Run]
	switch {
	case !open:
	case earlier:
		f.position.Raise(r.Run, r.Last())
	case r.Last() > f.position.Seq(r.Run): // otherwise it is left out already
		delete(f.open, r.Run)
	}
	if r.Last() >= f.held.Seq(r.Run) {
		delete(f.open, r.Run)
	}
	f.endIfFound()
}

func (f *Finder) endIfFound() {
	if len(f.open) == 0 {
		f.done()
	}
}
