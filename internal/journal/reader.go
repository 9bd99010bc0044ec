package journal

import (
	"fmt"
	"io"
	"os"
	"slices"

	"xlattice.org/zog/internal/disk"
	"xlattice.org/zog/internal/marks"
	"xlattice.org/zog/internal/record"
	"xlattice.org/zog/internal/row"
)

// Reader reads what a peer lacks, in log order. It belongs to one goroutine,
// which must close it. Segments may be sealed, retired and mended meanwhile: no
// message comes twice, and none is left out that is there.
type Reader struct {
	journal *Journal
	have    *marks.Table // of the peer, and what was returned since
	parser  record.Parser
	rows    row.Builder
	segment *segment
	file    disk.File
	source  io.ReaderAt // file, with its sums if it is sealed
	offset  int64
	buf     []byte
	end     uint64
}

// Reader returns a Reader of all committed messages that are over the marks
// of peer.
func (j *Journal) Reader(peer *marks.Table) *Reader {
	return &Reader{journal: j, have: peer.Clone()}
}

// Next returns more messages, some hundred kilobytes at the most; the caller
// owns them. None and io.EOF mean that all that is committed has been read:
// End then says up to which position, and a later Next goes on from there. An
// error that wraps ErrDamaged is for Recover, and a later Next tries again.
func (r *Reader) Next() ([]row.Row, error) {
	for {
		limit, err := r.position()
		if err != nil {
			return nil, err
		}
		if r.offset >= limit {
			return nil, io.EOF
		}
		rows, err := r.read(limit)
		if err != nil {
			if err = r.journal.damaged(r.segment, err); err == nil {
				err = r.Close() // and read what is in its place
			}
		}
		if err != nil || len(rows) > 0 {
			return rows, err
		}
	}
}

// End returns the position behind the last message committed, as of the Next
// that returned io.EOF.
func (r *Reader) End() uint64 { return r.end }

// Close closes the segment that is open.
func (r *Reader) Close() error {
	if r.file == nil {
		return nil
	}
	err := r.file.Close()
	r.file = nil
	return err
}

// position opens the segment to read from and returns up to where it may be
// read, which is where the Reader stands if there is nothing to read.
func (r *Reader) position() (limit int64, err error) {
	var first *segment
	if r.file == nil {
		first = r.firstLacking(r.journal.all())
	}
	r.journal.mu.Lock()
	defer r.journal.mu.Unlock()
	r.end = r.journal.logged.Load()
	if r.file == nil {
		r.segment, r.offset = nil, 0
		if !slices.Contains(r.journal.segments, first) { // it has left the journal meanwhile
			first = r.firstLacking(r.journal.segments)
		}
		err = r.open(first)
	}
	for err == nil && r.segment != nil && r.offset >= r.segment.size && !r.journal.isLast(r.segment) {
		err = r.forward()
	}
	if err != nil || r.segment == nil {
		return 0, err
	}
	return r.segment.size, nil
}

// isLast tells whether s is the newest segment. j.mu is held.
func (j *Journal) isLast(s *segment) bool {
	return len(j.segments) > 0 && s == j.segments[len(j.segments)-1]
}

// forward goes on, from a segment that was read to its end, in the one behind
// it. If it has left the journal, what follows is looked for anew.
func (r *Reader) forward() error {
	if err := r.Close(); err != nil {
		return err
	}
	segments := r.journal.segments
	if i := slices.Index(segments, r.segment); i >= 0 {
		return r.open(segments[i+1])
	}
	return r.open(r.firstLacking(segments))
}

// all returns the segments that there are. What the sealed ones hold does not change.
func (j *Journal) all() []*segment {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.segments
}

// firstLacking finds the oldest of the segments that may have something for the peer. The
// last one is not looked into: so nobody need wait while it is searched for.
func (r *Reader) firstLacking(segments []*segment) *segment {
	for i, s := range segments {
		if i == len(segments)-1 || s.holds.lackedBy(r.have) {
			return s
		}
	}
	return nil
}

// open begins to read s. The journal's lock keeps its path from changing.
func (r *Reader) open(s *segment) error {
	r.segment, r.offset = s, 0
	if s == nil {
		return nil
	}
	file, err := r.journal.fs.OpenFile(s.path, os.O_RDONLY)
	if err != nil {
		return r.journal.suspect(s, err)
	}
	r.file, r.source = file, file
	if s.number > 0 {
		r.source = &checked{file: file, sums: &s.sums}
	}
	return nil
}

// read parses the next piece of the segment, up to limit. There is a line in
// it, as committed bytes are whole lines: anything else is damage.
func (r *Reader) read(limit int64) ([]row.Row, error) {
	if size := min(readSize, limit-r.offset); int64(len(r.buf)) < size {
		r.buf = make([]byte, size)
	}
	lines := lineReader{file: r.source, limit: limit, offset: r.offset, buf: r.buf}
	_, failed := lines.fill()
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
			return r.rows.Take(), nil // and the error the next time
		}
		if err != nil {
			return nil, fmt.Errorf("at byte %d: %w", r.offset, err)
		}
		h := row.Head{Run: marks.Run{Origin: rec.Origin, Boot: rec.Boot}, Seq: rec.Seq, Time: rec.Time}
		if h.Seq > r.have.Seq(h.Run) {
			r.rows.Add(&h, rec.Text)
			r.have.Raise(h.Run, h.Seq)
		}
	}
}
