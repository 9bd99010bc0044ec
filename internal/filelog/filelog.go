// Package filelog reads the log of one host from its files, as a source of package tail: all
// segments in their order, whether the host runs or not.
//
// It takes no lock and writes nothing. Where a segment has an index that says that nothing in it
// is wanted, the segment is not read.
package filelog

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"maps"
	"math"
	"slices"
	"time"

	"xlattice.org/zog/internal/disk"
	"xlattice.org/zog/internal/inspect"
	"xlattice.org/zog/internal/journal"
	"xlattice.org/zog/internal/marks"
	"xlattice.org/zog/internal/position"
	"xlattice.org/zog/internal/record"
	"xlattice.org/zog/internal/tail"
)

// pause is the time between two looks at a log that is followed.
const pause = 100 * time.Millisecond

// Log is the log in a directory.
type Log struct {
	dir    string
	floors map[marks.Run]uint64 // nil if they are not known
}

// Open returns the log in a directory. The error wraps inspect.ErrNoLog if there is none.
func Open(dir string) (*Log, error) {
	if _, err := inspect.NewReader(dir); err != nil {
		return nil, err
	}
	return &Log{dir: dir}, nil
}

// start returns a reader, and the vector of what the log does not have any more. The floors are
// read first: what is retired after that is missing.
func (l *Log) start() (*inspect.Reader, *marks.Vector, error) {
	floors, err := journal.Floors(disk.OS{}, l.dir)
	if err != nil { // damaged: then nothing is known
		floors = nil
	}
	l.floors = floors
	v := new(marks.Vector)
	for run, last := range floors {
		v.Raise(run, last)
	}
	r, err := inspect.NewReader(l.dir)
	return r, v, err
}

// Resolve implements tail.Source.
func (l *Log) Resolve(ctx context.Context, p tail.Place) (position.Position, error) {
	if p.Kind == tail.Given {
		return p.At, nil
	}
	r, v, err := l.start()
	if err != nil {
		return position.Position{}, err
	}
	switch p.Kind {
	case tail.End:
		err = (&finder{reader: r, vector: v}).find(ctx)
	case tail.Since:
		since := p.Since.Add(time.Second - 1).Unix() // the log has whole seconds
		err = (&finder{reader: r, vector: v, since: since, doubt: p.Since.Add(-journal.ClockDoubt)}).find(ctx)
	case tail.Last:
		var from int
		if from, err = l.segmentOfLast(uint64(p.Last)); err == nil {
			err = (&finder{reader: r, vector: v, last: p.Last, from: from}).find(ctx)
		}
	}
	return position.Of(v), err
}

// segmentOfLast returns the number of a segment that has no later one than that in which the last
// n messages begin.
func (l *Log) segmentOfLast(n uint64) (number int, err error) {
	indexes, err := inspect.Indexes(l.dir)
	if err != nil {
		return 0, err
	}
	number = math.MaxInt
	have := uint64(0)
	for _, k := range sortedDown(indexes) {
		if have >= n {
			break
		}
		have += indexes[k].Messages
		number = k
	}
	if have < n {
		return 0, nil
	}
	return number, nil
}

// Read implements tail.Source.
func (l *Log) Read(ctx context.Context, after position.Position, follow bool) iter.Seq2[tail.Message, error] {
	return func(yield func(tail.Message, error) bool) {
		r, _, err := l.start()
		if err != nil {
			yield(tail.Message{}, err)
			return
		}
		s := &reading{log: l, seen: after.Vector(), yield: yield}
		r.Skip, r.Damage = s.skip, s.damage
		for {
			err := r.ReadOn(ctx, s.add)
			if err == nil {
				err = s.retired()
			}
			if err == nil && follow {
				err = wait(ctx)
			}
			if err != nil && !errors.Is(err, errEnough) {
				yield(tail.Message{}, err)
			}
			if err != nil || !follow {
				return
			}
		}
	}
}

func wait(ctx context.Context) error {
	timer := time.NewTimer(pause)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// errEnough says that the loop over the messages wants no more.
var errEnough = errors.New("enough")

// reading is one Read.
type reading struct {
	log   *Log
	seen  *marks.Vector
	yield func(tail.Message, error) bool
}

// skip reports whether a sealed segment has nothing that is wanted.
func (s *reading) skip(_ int, index *journal.Sealed) bool {
	for _, m := range index.Holds {
		if s.seen.Seq(m.Run) < m.Seq {
			return false
		}
	}
	return true
}

// add yields a record that was not read before, and first what is missing before it.
func (s *reading) add(rec *record.Record) error {
	run := marks.Run{Origin: rec.Origin, Boot: rec.Boot}
	have := s.seen.Seq(run)
	if rec.Seq <= have {
		return nil
	}
	s.seen.Raise(run, rec.Seq)
	if rec.Seq > have+1 && (have > 0 || s.log.floors != nil) && !s.missing(run, have+1, rec.Seq-1) {
		return errEnough
	}
	text := string(rec.Text[:len(rec.Text)-len("\r\n")])
	if !s.yield(tail.Message{Run: run, Seq: rec.Seq, Time: rec.Time, Text: text}, nil) {
		return errEnough
	}
	return nil
}

// retired yields what was retired of runs that have no line behind it: of the others add does. The
// floors are those from before the lines were read, so that each line that was there is read first.
func (s *reading) retired() error {
	byName := func(a, b marks.Run) int { return marks.Compare(marks.Mark{Run: a}, marks.Mark{Run: b}) }
	for _, run := range slices.SortedFunc(maps.Keys(s.log.floors), byName) {
		have, last := s.seen.Seq(run), s.log.floors[run]
		if last <= have {
			continue
		}
		s.seen.Raise(run, last)
		if !s.missing(run, have+1, last) {
			return errEnough
		}
	}
	return nil
}

// missing yields that messages are missing.
func (s *reading) missing(run marks.Run, first, last uint64) bool {
	what := fmt.Sprintf("not in the log any more: %s", tail.Range(run, first, last))
	return s.yield(tail.Message{}, &tail.Missing{What: what, Run: run, Last: last})
}

// damage yields that bytes are no messages.
func (s *reading) damage(file string, offset, bytes int64) error {
	what := fmt.Sprintf("%s: %d bytes at %d are no messages", file, bytes, offset)
	if !s.yield(tail.Message{}, &tail.Missing{What: what}) {
		return errEnough
	}
	return nil
}
