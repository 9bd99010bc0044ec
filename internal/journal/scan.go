package journal

import (
	"io"
	"time"

	"xlattice.org/zog/internal/marks"
	"xlattice.org/zog/internal/record"
)

// logState is what the lines read so far amount to.
type logState struct {
	floors   floors
	last     map[marks.Run]uint64 // the last seq of each run
	anyFirst bool                 // a run may begin with any message: those before it may last been retired
	waits    map[marks.Run]bool   // not these: lines of them wait in damaged/
	excused  uint64               // missing messages that are taken for retired
}

// forOneFile returns the state to read a single file with, as if there were no
// others: its runs may begin with any message.
func (s *logState) forOneFile() *logState {
	return &logState{floors: s.floors.clone(), last: make(map[marks.Run]uint64), anyFirst: true}
}

// placement says whether a message may stand where it does.
type placement uint8

const (
	inPlace   placement = iota
	duplicate           // it stands before already
	behindGap           // others are missing before it
)

// placementOf says whether message seq of run may stand behind message last: it is
// the next one, or follows a hole that is below the floor of the run.
func (s *logState) placementOf(run marks.Run, last, seq uint64) placement {
	switch {
	case seq <= last:
		return duplicate
	case seq == last+1 || seq <= s.floors.of[run]+1:
		return inPlace
	}
	return behindGap
}

// mayBeRetired tells whether the messages of run that are missing behind message last
// may last been retired. That can only be the beginning of a run, since the oldest
// messages go first.
func (s *logState) mayBeRetired(run marks.Run, last uint64) bool {
	return s.anyFirst && last == 0 && !s.waits[run]
}

// assumeRetired takes the messages of run between last and seq for retired.
func (s *logState) assumeRetired(run marks.Run, last, seq uint64) {
	s.floors.raise(run, seq-1)
	s.excused += seq - 1 - last
}

// worstPlacement is the verdict on an undamaged file as a whole: inPlace if all its
// ranges may stand behind what was read before. A gap of messages that may last been
// retired does not count.
func (s *logState) worstPlacement(r *ranges) placement {
	verdict := inPlace
	var read ranges
	for _, t := range r.all {
		last := s.last[t.Run]
		if before := read.find(t.Run); before != nil {
			last = before.last
		}
		read.extend(t)
		switch v := s.placementOf(t.Run, last, t.first); v {
		case duplicate:
			return v
		case behindGap:
			if !s.mayBeRetired(t.Run, last) {
				verdict = v
			}
		}
	}
	return verdict
}

// accept adds the ranges of an undamaged file.
func (s *logState) accept(r *ranges) {
	for _, t := range r.all {
		if last := s.last[t.Run]; s.placementOf(t.Run, last, t.first) == behindGap {
			s.assumeRetired(t.Run, last, t.first)
		}
		s.last[t.Run] = t.last
	}
}

// marks returns the marks of all that was read.
func (s *logState) marks() marks.Vector {
	var t marks.Vector
	for run, seq := range s.last {
		t.Set(marks.Mark{Run: run, Seq: max(seq, s.floors.of[run]), First: s.floors.of[run] + 1})
	}
	for run, floor := range s.floors.of {
		t.Merge(marks.Mark{Run: run, Seq: floor, First: floor + 1})
	}
	return t
}

// scanInput is a file to scan, or the part of it that is left.
type scanInput struct {
	file io.ReaderAt
	size int64
	bad  map[int]bool // indexes of blocks that are damaged or cannot be read
}

// scanResult is what a scan has found.
type scanResult struct {
	holds         ranges
	began         int64       // the time of the first record, Unix
	times         []time.Time // of records, each an hour or more after the one before it
	goodPrefix    int64       // bytes at the front that are records in holds and nothing else
	recordsBehind bool        // there are records behind those
	badBytes      int64       // bytes that are no records, or duplicates
}

// noteTime takes the time (Unix) of the record at an offset.
func (f *scanResult) noteTime(stamp, offset int64) {
	if offset == 0 {
		f.began = stamp
	}
	if n := len(f.times); n == 0 || stamp-f.times[n-1].Unix() >= 3600 {
		f.times = append(f.times, time.Unix(stamp, 0))
	}
}

// clean tells whether all of the size bytes are records that were accepted.
func (f *scanResult) clean(size int64) bool { return f.goodPrefix == size }

// recordSink receives the records of a file that is to be mended.
type recordSink interface {
	keep(line []byte) error // it may stand in the log
	rest(line []byte) error // it is good, but others are missing before it
}

// scan reads a file line by line into the state. out, if not nil, receives the
// records.
func (s *logState) scan(p scanInput, out recordSink) (*scanResult, error) {
	found := new(scanResult)
	lines := lineReader{file: zeroedFile{p.file, p.bad}, limit: p.size, buf: make([]byte, readSize)}
	var parser record.Parser
	for {
		start := lines.offset
		line, ok, err := lines.next()
		if err != nil {
			return nil, err
		}
		if !ok {
			found.badBytes += p.size - lines.offset
			for _, t := range found.holds.all {
				s.last[t.Run] = t.last
			}
			return found, nil
		}
		rec, bad := parser.Parse(line)
		if bad != nil {
			found.badBytes += lines.offset - start
			continue
		}
		if err := s.sortRecord(found, &rec, line, start, out); err != nil {
			return nil, err
		}
	}
}

// sortRecord decides about a record that begins at offset at, and passes it to out.
func (s *logState) sortRecord(found *scanResult, rec *record.Record, line []byte, at int64, out recordSink) error {
	run := marks.Run{Origin: rec.Origin, Boot: rec.Boot}
	verdict := s.placeRecord(found, run, rec.Seq)
	if verdict == inPlace && found.goodPrefix == at {
		found.goodPrefix += int64(len(line))
	} else {
		found.recordsBehind = true
	}
	switch verdict {
	case inPlace:
		found.noteTime(rec.Time, at)
		if out != nil {
			return out.keep(line)
		}
	case behindGap:
		if out != nil {
			s.waits[marks.Run{Origin: rec.Origin, Boot: rec.Boot}] = true
			return out.rest(line)
		}
	default:
		found.badBytes += int64(len(line))
	}
	return nil
}

// placeRecord returns the placement of a message, and accepts it if it is in place.
func (s *logState) placeRecord(found *scanResult, run marks.Run, seq uint64) placement {
	if t := found.holds.find(run); t != nil {
		verdict := s.placementOf(run, t.last, seq)
		if verdict == inPlace {
			found.holds.add(run, seq)
		}
		return verdict
	}
	last := s.last[run]
	verdict := s.placementOf(run, last, seq)
	if verdict == behindGap && s.mayBeRetired(run, last) {
		s.assumeRetired(run, last, seq)
		verdict = inPlace
	}
	if verdict == inPlace {
		found.holds.add(run, seq)
	}
	return verdict
}
