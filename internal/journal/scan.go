package journal

import (
	"io"
	"time"

	"xlattice.org/zog/internal/marks"
	"xlattice.org/zog/internal/record"
)

// state is what the lines that were read so far amount to.
type state struct {
	floors  floors
	last    map[marks.Run]uint64 // the last line of each run
	loose   bool                 // a run may begin with any message: what is before it may have been retired
	waits   map[marks.Run]bool   // but not these, of which there are lines that wait for others
	excused uint64               // messages that are missing, and that nobody is asked for
}

// fresh returns the state in which the lines of one file are judged by
// themselves.
func (s *state) fresh() *state {
	return &state{floors: s.floors.clone(), last: make(map[marks.Run]uint64), loose: true}
}

// placing says whether a message may stand where it does.
type placing uint8

// A message is in its place, or there already, or others are missing before it.
const (
	inPlace placing = iota
	double
	early
)

// judge says whether message seq of run may stand behind message have: behind
// the one before it, or behind a hole that is under the run's floor.
func (s *state) judge(run marks.Run, have, seq uint64) placing {
	switch {
	case seq <= have:
		return double
	case seq == have+1 || seq <= s.floors.of[run]+1:
		return inPlace
	}
	return early
}

// excusable tells whether what is missing of run, of which have is the last that is
// there, may have been retired. It was if it is the beginning: the oldest go first.
func (s *state) excusable(run marks.Run, have uint64) bool {
	return s.loose && have == 0 && !s.waits[run]
}

// excuse takes what is before message seq of run for retired.
func (s *state) excuse(run marks.Run, have, seq uint64) {
	s.floors.raise(run, seq-1)
	s.excused += seq - 1 - have
}

// worst is the verdict on the spans of a clean file as a whole: inPlace if it may
// stand behind what was read. A gap that can be excused is none.
func (s *state) worst(r *ranges) placing {
	verdict := inPlace
	var read ranges
	for _, t := range r.all {
		have := s.last[t.Run]
		if before := read.find(t.Run); before != nil {
			have = before.last
		}
		read.extend(t)
		switch v := s.judge(t.Run, have, t.first); v {
		case double:
			return v
		case early:
			if !s.excusable(t.Run, have) {
				verdict = v
			}
		}
	}
	return verdict
}

// take takes the spans of a clean file.
func (s *state) take(r *ranges) {
	for _, t := range r.all {
		if have := s.last[t.Run]; s.judge(t.Run, have, t.first) == early {
			s.excuse(t.Run, have, t.first)
		}
		s.last[t.Run] = t.last
	}
}

// marks returns what all that amounts to.
func (s *state) marks() marks.Table {
	var t marks.Table
	for run, seq := range s.last {
		t.Set(marks.Mark{Run: run, Seq: max(seq, s.floors.of[run]), First: s.floors.of[run] + 1})
	}
	for run, floor := range s.floors.of {
		t.Merge(marks.Mark{Run: run, Seq: floor, First: floor + 1})
	}
	return t
}

// piece is a file to be scanned, or what is left of it.
type piece struct {
	file io.ReaderAt
	size int64
	bad  map[int]bool // blocks that are not to be trusted
}

// scanned is what a scan has found in a piece.
type scanned struct {
	holds  ranges
	began  int64       // the time of the first record, Unix
	times  []time.Time // of records, each an hour or more after the one before it
	good   int64       // bytes at the front that are nothing but records in holds
	behind bool        // there are records behind these
	lost   int64       // bytes that are no records, or are there twice
}

// note takes the time of the record at an offset, Unix.
func (f *scanned) note(stamp, offset int64) {
	if offset == 0 {
		f.began = stamp
	}
	if n := len(f.times); n == 0 || stamp-f.times[n-1].Unix() >= 3600 {
		f.times = append(f.times, time.Unix(stamp, 0))
	}
}

// clean tells whether every line of size bytes is a record that was taken.
func (f *scanned) clean(size int64) bool { return f.good == size }

// sorter takes the records of a piece that is not clean.
type sorter interface {
	keep(line []byte) error // taken
	rest(line []byte) error // good, but others are missing before it
}

// scan reads a piece line by line into the state. If out is not nil it gets the
// records.
func (s *state) scan(p piece, out sorter) (*scanned, error) {
	found := new(scanned)
	lines := lineReader{file: holed{p.file, p.bad}, limit: p.size, buf: make([]byte, readSize)}
	var parser record.Parser
	for {
		start := lines.offset
		line, ok, err := lines.next()
		if err != nil {
			return nil, err
		}
		if !ok {
			found.lost += p.size - lines.offset
			for _, t := range found.holds.all {
				s.last[t.Run] = t.last
			}
			return found, nil
		}
		rec, bad := parser.Parse(line)
		if bad != nil {
			found.lost += lines.offset - start
			continue
		}
		if err := s.sort(found, &rec, line, start, out); err != nil {
			return nil, err
		}
	}
}

// sort judges a record that begins at offset at, and finds a place for it.
func (s *state) sort(found *scanned, rec *record.Record, line []byte, at int64, out sorter) error {
	run := marks.Run{Origin: rec.Origin, Boot: rec.Boot}
	verdict := s.place(found, run, rec.Seq)
	if verdict == inPlace && found.good == at {
		found.good += int64(len(line))
	} else {
		found.behind = true
	}
	switch verdict {
	case inPlace:
		found.note(rec.Time, at)
		if out != nil {
			return out.keep(line)
		}
	case early:
		if out != nil {
			s.waits[marks.Run{Origin: rec.Origin, Boot: rec.Boot}] = true
			return out.rest(line)
		}
	default:
		found.lost += int64(len(line))
	}
	return nil
}

// place takes a message if it may stand where it does.
func (s *state) place(found *scanned, run marks.Run, seq uint64) placing {
	if t := found.holds.find(run); t != nil {
		verdict := s.judge(run, t.last, seq)
		if verdict == inPlace {
			found.holds.add(run, seq)
		}
		return verdict
	}
	have := s.last[run]
	verdict := s.judge(run, have, seq)
	if verdict == early && s.excusable(run, have) {
		s.excuse(run, have, seq)
		verdict = inPlace
	}
	if verdict == inPlace {
		found.holds.add(run, seq)
	}
	return verdict
}
