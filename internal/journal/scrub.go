package journal

import (
	"errors"
	"io"
	"os"

	"xlattice.org/zog/internal/disk"
)

// Scrubber reads sealed segments again, to find damage while a peer can still send
// the lines again. It belongs to one goroutine, which must close it.
type Scrubber struct {
	journal *Journal
	number  int // of the segment that was opened last
	segment *segment
	file    disk.File
	block   int
	buf     []byte
}

// Scrubber returns a Scrubber at the oldest segment.
func (j *Journal) Scrubber() *Scrubber {
	return &Scrubber{journal: j, buf: make([]byte, blockSize)}
}

// Next reads and checks one block, 64 KiB. It returns io.EOF behind the last sealed
// segment, and an error that wraps ErrDamaged for damage; after that a later call
// goes on with the next segment.
func (s *Scrubber) Next() error {
	if s.file == nil {
		if err := s.open(); err != nil {
			return err
		}
	}
	if s.block >= len(s.segment.sums.blocks) {
		return s.Close()
	}
	sums := &s.segment.sums
	n, err := readBlock(s.file, s.buf[:sums.length(s.block)], int64(s.block)*blockSize)
	if err == nil && !sums.matches(s.block, s.buf[:n]) {
		err = errSum
	}
	s.block++
	if err != nil {
		return errors.Join(s.journal.reportDamage(s.segment, err), s.Close())
	}
	return nil
}

// open opens the next segment.
func (s *Scrubber) open() error {
	j := s.journal
	j.mu.Lock()
	defer j.mu.Unlock()
	for _, next := range j.segments {
		if next.number <= s.number {
			continue // the active one has no number
		}
		s.number = next.number
		file, err := j.fs.OpenFile(next.path, os.O_RDONLY)
		if err != nil {
			return j.markSuspect(next, err)
		}
		s.segment, s.file, s.block = next, file, 0
		return nil
	}
	return io.EOF
}

// Close closes the segment that is open.
func (s *Scrubber) Close() error {
	if s.file == nil {
		return nil
	}
	err := s.file.Close()
	s.file = nil
	return err
}
