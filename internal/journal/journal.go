// Package journal is the access log on disk. The log is the journal: what is
// repaired is read from the very lines that people grep (DESIGN 5, 7).
//
// A journal is a directory with segments: access.log, to which lines are
// appended, and access.log.1, access.log.2 ..., older ones, in the order of
// their numbers. A line is one message, in the form of package record.
//
//	j, recovery, err := journal.Open(cfg)  // locks the directory, reads the marks
//	err = j.Append(lines, position)        // written
//	err = j.Commit()                       // durable, by the policy
//	r := j.Reader(marks)                   // what these marks lack, in log order
//
// One goroutine appends; any number may read at the same time, each through a
// Reader of its own, without holding up the writer.
package journal

import (
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"sync"

	"xlattice.org/zog/internal/disk"
	"xlattice.org/zog/internal/marks"
)

// Config says where a journal is and how it is kept.
type Config struct {
	FS  disk.FS
	Dir string
	// SegmentBytes is the size from which on a segment is sealed.
	SegmentBytes int64
	// Sync says whether Commit forces what was written to the disk.
	Sync bool
}

// Journal is an open access log.
type Journal struct {
	cfg  Config
	lock io.Closer

	// Of the writer alone.
	file     disk.File
	dirty    bool   // written to since the last sync
	size     int64  // of the active segment, as written
	position uint64 // behind the last item written
	written  marks.Table

	mu       sync.Mutex
	segments []*segment // oldest first; the last one is active
	logged   uint64     // position behind the last item committed
}

// Recovery tells what Open found.
type Recovery struct {
	Marks    *marks.Table // all that the journal holds
	Segments int
	Records  uint64
	TornTail int64 // bytes cut off the end of the newest segment
	// Missing counts the lines that should stand before others and do not, as
	// the segment that had them was taken away.
	Missing uint64
}

// Open locks the directory, makes it if need be, reads all segments, and cuts
// a torn tail off the last. The error names the path; it wraps
// disk.ErrLocked when another process has the directory.
func Open(cfg Config) (*Journal, *Recovery, error) {
	if err := cfg.FS.MkdirAll(cfg.Dir); err != nil {
		return nil, nil, fmt.Errorf("log directory: %w", err)
	}
	lock, err := cfg.FS.Lock(filepath.Join(cfg.Dir, ".lock"))
	if err != nil {
		return nil, nil, fmt.Errorf("log directory %s: %w", cfg.Dir, err)
	}
	j := &Journal{cfg: cfg, lock: lock}
	recovery, err := j.recover()
	if err != nil {
		return nil, nil, errors.Join(err, j.Close())
	}
	return j, recovery, nil
}

// Close syncs and closes the journal and gives the directory free.
func (j *Journal) Close() error {
	var err error
	if j.file != nil {
		err = errors.Join(j.Sync(), j.file.Close())
		j.file = nil
	}
	return errors.Join(err, j.lock.Close())
}

// Append writes lines, whole ones, at the end of the log. position is the one
// behind them. Nothing is durable before Commit. After an error the journal
// must be rolled back.
func (j *Journal) Append(lines []byte, position uint64) error {
	if j.size >= j.cfg.SegmentBytes {
		if err := j.rotate(); err != nil {
			return err
		}
	}
	j.dirty = true
	n, err := j.file.Write(lines)
	j.size += int64(n)
	if err != nil {
		return fmt.Errorf("access log: %w", err)
	}
	j.position = position
	return nil
}

// Offer judges a message before it is appended, and marks it as written if it
// is next in its run: the writer is the last to see to it that no message
// stands twice in the log and none is missing (invariants I3 and I5).
func (j *Journal) Offer(run marks.Run, seq uint64) marks.Verdict { return j.written.Offer(run, seq) }

// Commit makes what was appended durable, by the policy, and readable.
func (j *Journal) Commit() error {
	if j.cfg.Sync {
		if err := j.Sync(); err != nil {
			return err
		}
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	j.segments[len(j.segments)-1].size = j.size
	j.logged = j.position
	return nil
}

// Sync forces what was written to the disk, whatever the policy.
func (j *Journal) Sync() error {
	if !j.dirty {
		return nil
	}
	if err := j.file.Sync(); err != nil {
		return fmt.Errorf("access log: %w", err)
	}
	j.dirty = false
	return nil
}

// Rollback takes back what was appended but not committed, after an error or a
// crash of the writing actor. held is what the journal holds durably.
func (j *Journal) Rollback(held *marks.Table) error {
	j.mu.Lock()
	committed, logged := j.segments[len(j.segments)-1].size, j.logged
	j.mu.Unlock()
	if err := j.file.Truncate(committed); err != nil {
		return fmt.Errorf("access log: %w", err)
	}
	j.size, j.position, j.written = committed, logged, *held.Clone()
	return nil
}

// Logged returns the position behind the last item committed.
func (j *Journal) Logged() uint64 {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.logged
}
