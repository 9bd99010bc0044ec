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
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"

	"xlattice.org/zog/internal/disk"
	"xlattice.org/zog/internal/marks"
)

// active is the name of the segment that is written to.
const active = "access.log"

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

// segment is one file. Journal.mu guards what changes.
type segment struct {
	path   string
	number int   // 0 for the active one
	size   int64 // up to which it may be read: committed bytes only
	// marks is what the journal held when the segment was sealed; a peer that
	// has all this needs nothing from it or from those before it.
	marks *marks.Table
}

// Recovery tells what Open found.
type Recovery struct {
	Marks    *marks.Table // all that the journal holds
	Segments int
	Records  uint64
	TornTail int64 // bytes cut off the end of access.log
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

// rotate seals the active segment under the next number and begins a new one.
// If it was moved, by others or by a rotation that failed half-way, it is not
// moved again.
func (j *Journal) rotate() error {
	if moved, err := j.Reopen(); moved || err != nil {
		return err
	}
	if err := j.settle(); err != nil {
		return err
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	sealed := j.segments[len(j.segments)-1]
	number := 1
	for _, s := range j.segments {
		number = max(number, s.number+1)
	}
	path := j.path(number)
	if err := j.cfg.FS.Rename(sealed.path, path); err != nil {
		return fmt.Errorf("access log: %w", err)
	}
	sealed.path, sealed.number = path, number
	return j.begin(j.segments)
}

// settle commits what was appended and syncs it, whatever the policy: a sealed
// segment is not synced any more.
func (j *Journal) settle() error {
	if err := j.Sync(); err != nil {
		return err
	}
	return j.Commit()
}

// Reopen begins a new access.log if the old one was renamed or deleted, as
// logrotate does. A renamed one whose new name is a segment's stays part of
// the journal; any other is left to whoever moved it. It reports whether
// there was anything to do.
func (j *Journal) Reopen() (bool, error) {
	mine, err := j.file.Stat()
	if err != nil {
		return false, fmt.Errorf("access log: %w", err)
	}
	if there, err := j.cfg.FS.Stat(j.path(0)); err == nil && os.SameFile(mine, there) {
		return false, nil
	}
	if err := j.settle(); err != nil {
		return false, err
	}
	found, err := j.list()
	if err != nil {
		return false, err
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	last := len(j.segments) - 1
	kept := j.segments[:last]
	for _, s := range found {
		if there, err := j.cfg.FS.Stat(s.path); err == nil && os.SameFile(mine, there) {
			j.segments[last].path, j.segments[last].number = s.path, s.number
			kept = j.segments
		}
	}
	return true, j.begin(kept)
}

// begin opens a new active segment behind those that are kept, which seals the
// one before it. Nothing has changed if it fails. j.mu is held.
func (j *Journal) begin(kept []*segment) error {
	file, err := j.create()
	if err != nil {
		return fmt.Errorf("access log: %w", err)
	}
	if n := len(j.segments); n > 0 {
		j.segments[n-1].marks = j.written.Clone()
	}
	old := j.file
	j.file, j.size, j.dirty = file, 0, false
	j.segments = append(kept, &segment{path: j.path(0)})
	if old != nil {
		return old.Close()
	}
	return nil
}

// create opens an access.log that is empty and that no power cut undoes.
func (j *Journal) create() (disk.File, error) {
	file, err := j.cfg.FS.OpenFile(j.path(0), os.O_CREATE|os.O_RDWR|os.O_APPEND)
	if err != nil {
		return nil, err
	}
	info, err := file.Stat()
	if err == nil && info.Size() > 0 {
		err = fmt.Errorf("%s was put there by others and is not empty", j.path(0))
	}
	if err == nil {
		err = j.cfg.FS.SyncDir(j.cfg.Dir)
	}
	if err != nil {
		return nil, errors.Join(err, file.Close())
	}
	return file, nil
}

func (j *Journal) path(number int) string {
	name := active
	if number > 0 {
		name += "." + strconv.Itoa(number)
	}
	return filepath.Join(j.cfg.Dir, name)
}

// list finds the segments in the directory, oldest first.
func (j *Journal) list() ([]*segment, error) {
	entries, err := j.cfg.FS.ReadDir(j.cfg.Dir)
	if err != nil {
		return nil, fmt.Errorf("log directory: %w", err)
	}
	var found []*segment
	for _, e := range entries {
		if number, ok := segmentNumber(e); ok {
			found = append(found, &segment{path: j.path(number), number: number})
		}
	}
	// The active one has number 0 and comes last.
	slices.SortFunc(found, func(a, b *segment) int {
		switch {
		case a.number == 0:
			return 1
		case b.number == 0:
			return -1
		default:
			return a.number - b.number
		}
	})
	return found, nil
}

func segmentNumber(e fs.DirEntry) (int, bool) {
	if e.Name() == active {
		return 0, true
	}
	suffix, ok := strings.CutPrefix(e.Name(), active+".")
	if !ok {
		return 0, false
	}
	n, err := strconv.Atoi(suffix)
	return n, err == nil && n > 0 && strconv.Itoa(n) == suffix
}
