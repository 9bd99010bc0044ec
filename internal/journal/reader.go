package journal

import (
	"fmt"
	"io"
	"os"

	"xlattice.org/zog/internal/disk"
	"xlattice.org/zog/internal/marks"
	"xlattice.org/zog/internal/record"
	"xlattice.org/zog/internal/window"
)

// Reader reads what a peer lacks, in log order. It belongs to one goroutine,
// which must close it.
type Reader struct {
	journal *Journal
	peer    *marks.Table
	parser  record.Parser
	segment *segment
	file    disk.File
	offset  int64
	end     uint64
}

// Reader returns a Reader of all committed messages that are over the marks
// of peer, which must not change while it reads.
func (j *Journal) Reader(peer *marks.Table) *Reader {
	return &Reader{journal: j, peer: peer}
}

// Next returns more messages, some hundred kilobytes at the most; the caller
// owns them. None and io.EOF mean that all that is committed has been read:
// End then says up to which position, and a later Next goes on from there.
func (r *Reader) Next() ([]window.Item, error) {
	for {
		limit, err := r.position()
		if err != nil {
			return nil, err
		}
		if r.offset >= limit {
			return nil, io.EOF
		}
		items, err := r.read(limit)
		if err != nil || len(items) > 0 {
			return items, err
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
	r.journal.mu.Lock()
	defer r.journal.mu.Unlock()
	if r.file == nil {
		err = r.open(r.firstLacking())
	}
	for err == nil && r.offset >= r.segment.size && r.segment.marks != nil {
		err = r.forward()
	}
	if err != nil {
		return 0, err
	}
	r.end = r.journal.logged
	return r.segment.size, nil
}

// forward goes on, from a sealed segment that was read to its end, in the one
// behind it. If it has left the journal, what follows is looked for anew.
func (r *Reader) forward() error {
	if err := r.Close(); err != nil {
		return err
	}
	segments := r.journal.segments
	for i, s := range segments[:len(segments)-1] {
		if s == r.segment {
			return r.open(segments[i+1])
		}
	}
	return r.open(r.firstLacking())
}

// firstLacking finds the oldest segment that may have something for the peer.
func (r *Reader) firstLacking() *segment {
	segments := r.journal.segments
	for _, s := range segments[:len(segments)-1] {
		if !r.peer.Covers(s.marks) {
			return s
		}
	}
	return segments[len(segments)-1]
}

// open begins to read s. The journal's lock keeps its path from changing.
func (r *Reader) open(s *segment) error {
	file, err := r.journal.cfg.FS.OpenFile(s.path, os.O_RDONLY)
	if err != nil {
		return fmt.Errorf("access log: %w", err)
	}
	r.segment, r.file, r.offset = s, file, 0
	return nil
}

// read parses the next piece of the segment, up to limit. There is a line in
// it, as committed bytes are whole lines: anything else is damage.
func (r *Reader) read(limit int64) ([]window.Item, error) {
	// The buffer is new each time: the items alias it.
	lines := lineReader{file: r.file, limit: limit, offset: r.offset, buf: make([]byte, min(readSize, limit-r.offset))}
	if _, err := lines.fill(); err != nil {
		return nil, fmt.Errorf("%s: %w", r.segment.path, err)
	}
	var items []window.Item
	for start := r.offset; ; r.offset = lines.offset {
		line, ok := lines.line()
		if !ok && r.offset > start {
			return items, nil
		}
		rec, err := r.parser.Parse(line)
		if err != nil {
			return nil, fmt.Errorf("%s: damaged at byte %d: %w", r.segment.path, r.offset, err)
		}
		if rec.Seq > r.peer.Seq(marks.Run{Origin: rec.Origin, Boot: rec.Boot}) {
			items = append(items, window.Item{Record: rec})
		}
	}
}
