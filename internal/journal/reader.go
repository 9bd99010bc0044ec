package journal

import (
	"fmt"
	"io"
	"slices"
	"sync"

	"xlattice.org/zog/internal/marks"
	"xlattice.org/zog/internal/record"
	"xlattice.org/zog/internal/row"
)

// Reader reads the messages that a peer lacks, in log order. It belongs to one
// goroutine, which must close it. Segments may be sealed, retired and mended
// meanwhile: no message is returned twice, and none that is in the log is left out.
type Reader struct {
	journal *Journal
	seen    *marks.Vector // the peer's marks, raised by what was returned
	parser  record.Parser
	rows    row.Builder
	segment *segment
	file    *sharedFile // of segment, while it is open
	sealed  bool        // segment was sealed when it was opened, so its sums are known
	rested  bool        // file was closed by Rest, and is opened again at offset
	offset  int64
	before  *marks.Vector // what stands before offset, if a waypoint may be noted there; else nil
	noted   int64         // the offset of the last waypoint that was noted or begun at
	most    int64         // bytes that are read at a time
	end     uint64
}

// Reader returns a Reader of all committed messages that are above the marks of peer.
func (j *Journal) Reader(peer *marks.Vector) *Reader {
	return &Reader{journal: j, seen: peer.Clone(), most: readSize}
}

// Position returns a copy of the marks of the peer, raised by what was returned.
func (r *Reader) Position() *marks.Vector { return r.seen.Clone() }

// minReadSize has room for several lines.
const minReadSize = 4 << 10

// Limit makes Next read about so many bytes, and not a few hundred kilobytes.
func (r *Reader) Limit(bytes int) { r.most = min(max(int64(bytes), minReadSize), readSize) }

// Next returns more messages, at most a few hundred kilobytes; the caller owns them.
// io.EOF means that all committed messages were read: End says up to which position,
// and a later call goes on from there. An error that wraps ErrDamaged is for Recover
// to deal with; after it a later call tries again.
func (r *Reader) Next() ([]row.Row, error) {
	for {
		limit, err := r.locate()
		if err != nil {
			return nil, err
		}
		if r.offset >= limit {
			return nil, io.EOF
		}
		rows, err := r.read(limit)
		if err != nil {
			if err = r.journal.reportDamage(r.segment, err); err == nil {
				err = r.Close() // another segment is in its place: read that
			}
		}
		if err != nil || len(rows) > 0 {
			return rows, err
		}
	}
}

// End returns the position behind the last message committed, as of the Next that
// returned io.EOF.
func (r *Reader) End() uint64 { return r.end }

// Close closes the segment that is open. A later Next searches the place to go on by the
// marks.
func (r *Reader) Close() error {
	r.rested = false
	if r.file == nil {
		return nil
	}
	err := r.journal.files.release(r.segment, r.file)
	r.file = nil
	return err
}

// Rest closes the segment that is open, because Next will not be called for a while. Next
// goes on at the same place.
func (r *Reader) Rest() error {
	if r.file == nil { // it rests already, or has no place
		return nil
	}
	err := r.Close()
	r.rested = true
	return err
}

// locate opens the segment to read from, and returns the offset up to which it may be
// read. That is the current offset if there is nothing to read.
func (r *Reader) locate() (limit int64, err error) {
	var first *segment
	if r.file == nil && !r.rested {
		first = r.firstLacking(r.journal.segmentList())
	}
	r.journal.mu.Lock()
	defer r.journal.mu.Unlock()
	r.end = r.journal.logged.Load()
	switch {
	case r.file != nil:
	case r.rested && slices.Contains(r.journal.segments, r.segment):
		err = r.open(r.segment, r.offset)
	default:
		r.segment, r.offset, r.rested = nil, 0, false
		if !slices.Contains(r.journal.segments, first) { // it has left the journal meanwhile
			first = r.firstLacking(r.journal.segments)
		}
		err = r.openUnseen(first)
	}
	for err == nil && r.segment != nil && r.offset >= r.segment.size && !r.journal.isLast(r.segment) {
		err = r.nextSegment()
	}
	if err != nil || r.segment == nil {
		return 0, err
	}
	return r.segment.size, nil
}

// isLast tells whether s is the newest segment. The caller holds mu.
func (j *Journal) isLast(s *segment) bool {
	return len(j.segments) > 0 && s == j.segments[len(j.segments)-1]
}

// nextSegment goes on, after a segment was read to its end, with the one behind it.
// If the old segment has left the journal, the place to go on is searched by the
// marks.
func (r *Reader) nextSegment() error {
	if err := r.Close(); err != nil {
		return err
	}
	segments := r.journal.segments
	if i := slices.Index(segments, r.segment); i >= 0 {
		return r.openUnseen(segments[i+1])
	}
	return r.openUnseen(r.firstLacking(segments))
}

// segmentList returns the segments. What the sealed ones hold does not change.
func (j *Journal) segmentList() []*segment {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.segments
}

// firstLacking returns the oldest segment that may have something for the peer. The
// last one is always a candidate and not looked into: its ranges change, so it would
// have to be searched under the lock.
func (r *Reader) firstLacking(segments []*segment) *segment {
	for i, s := range segments {
		if i == len(segments)-1 || s.holds.lackedBy(r.seen) {
			return s
		}
	}
	return nil
}

// openUnseen begins to read s, without a part of its beginning that the peer has. The caller
// holds the journal's mu.
func (r *Reader) openUnseen(s *segment) error {
	if s == nil {
		return r.open(nil, 0)
	}
	offset, before := s.waypoints.last(r.seen)
	r.before, r.noted = before, offset
	return r.open(s, offset)
}

// open begins to read s at an offset. The caller holds the journal's mu, so that the path
// does not change.
func (r *Reader) open(s *segment, offset int64) error {
	r.segment, r.offset = s, offset
	if s == nil {
		return nil
	}
	file, err := r.journal.files.open(r.journal.fs, s)
	if err != nil {
		return r.journal.markSuspect(s, err)
	}
	r.file, r.sealed, r.rested = file, s.number > 0, false
	return nil
}

// read parses the next part of the segment, up to limit. Committed bytes are whole
// lines, so there is at least one line; anything else is damage.
func (r *Reader) read(limit int64) ([]row.Row, error) {
	buf := readBufs.Get().(*[readSize]byte)
	defer readBufs.Put(buf)
	lines := lineReader{file: r.file, limit: limit, offset: r.offset, buf: buf[:min(r.most, limit-r.offset)]}
	if r.sealed {
		verified := &verifiedFile{file: r.file, sums: &r.segment.sums}
		defer verified.release()
		lines.file = verified
	}
	_, failed := lines.fill()
	defer r.noteWaypoint()
	for start := r.offset; ; r.offset = lines.offset {
		line, ok := lines.line()
		if !ok && r.offset > start {
			return r.rows.Take(), nil
		}
		if !ok && failed != nil {
			return nil, failed
		}
		rec, err := r.parser.Parse(line)
		if err != nil && r.offset > start {
			return r.rows.Take(), nil // the next call returns the error
		}
		if err != nil {
			return nil, fmt.Errorf("at byte %d: %w", r.offset, err)
		}
		h := row.Head{Run: marks.Run{Origin: rec.Origin, Boot: rec.Boot}, Seq: rec.Seq, Time: rec.Time}
		if h.Seq > r.seen.Seq(h.Run) {
			r.rows.Add(&h, rec.Text)
			r.seen.Raise(h.Run, h.Seq)
		}
		if r.before != nil {
			r.before.Raise(h.Run, h.Seq)
		}
	}
}

// noteWaypoint notes how far this reader has got, for others.
func (r *Reader) noteWaypoint() {
	if r.before != nil && r.offset >= r.noted+waypointEvery {
		r.segment.waypoints.note(r.offset, r.before)
		r.noted = r.offset
	}
}

// readBufs are shared by all readers: one that waits needs none.
var readBufs = sync.Pool{New: func() any { return new([readSize]byte) }}
