package filelog

import (
	"context"
	"maps"
	"slices"
	"time"

	"xlattice.org/zog/internal/inspect"
	"xlattice.org/zog/internal/journal"
	"xlattice.org/zog/internal/marks"
	"xlattice.org/zog/internal/record"
)

// finder raises a vector to a place in the log: its end, unless another one is set.
type finder struct {
	reader *inspect.Reader
	vector *marks.Vector

	since int64     // Unix seconds: of each run, before the first message taken then or later
	doubt time.Time // what was sealed before was taken before since
	last  int       // before so many messages of the end
	from  int       // the number of a segment from which on these are

	reached map[marks.Run]bool // runs whose first message since was found
	window  []marks.Mark       // the last messages, a ring
	next    int
}

func (f *finder) find(ctx context.Context) error {
	f.reached = map[marks.Run]bool{}
	f.reader.Skip = f.skip
	return f.reader.ReadOn(ctx, func(rec *record.Record) error {
		f.add(rec)
		return nil
	})
}

// skip raises the vector by a segment all of which is before the place.
func (f *finder) skip(number int, index *journal.Sealed) bool {
	switch {
	case f.since != 0 && !index.At.Before(f.doubt), f.last > 0 && number >= f.from:
		return false
	}
	for _, m := range index.Holds {
		f.vector.Raise(m.Run, m.Seq)
	}
	return true
}

func (f *finder) add(rec *record.Record) {
	m := marks.Mark{Run: marks.Run{Origin: rec.Origin, Boot: rec.Boot}, Seq: rec.Seq}
	switch {
	case f.last > 0:
		f.push(m)
	case f.since != 0 && (rec.Time >= f.since || f.reached[m.Run]):
		f.reached[m.Run] = true
	default:
		f.vector.Raise(m.Run, m.Seq)
	}
}

// push adds a message to the last ones. The one that falls out is before the place.
func (f *finder) push(m marks.Mark) {
	if len(f.window) < f.last {
		f.window = append(f.window, m)
		return
	}
	old := f.window[f.next]
	f.vector.Raise(old.Run, old.Seq)
	f.window[f.next] = m
	f.next = (f.next + 1) % f.last
}

// sortedDown returns the numbers of segments, the newest first.
func sortedDown(indexes map[int]journal.Sealed) []int {
	numbers := slices.Sorted(maps.Keys(indexes))
	slices.Reverse(numbers)
	return numbers
}
