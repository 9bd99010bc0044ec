package journal

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"xlattice.org/zog/internal/disk"
	"xlattice.org/zog/internal/marks"
)

// active is the name of the segment that is written to.
const active = "access.log"

// segment is one file. Journal.mu guards what changes.
type segment struct {
	path   string
	number int   // 0 for the active one
	size   int64 // up to which it may be read: committed bytes only
	// marks is what the journal held when the segment was sealed; a peer that
	// has all this needs nothing from it or from those before it.
	marks *marks.Table
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
	if there, err := j.cfg.FS.Stat(j.path(0)); err == nil && j.cfg.FS.SameFile(mine, there) {
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
		if there, err := j.cfg.FS.Stat(s.path); err == nil && j.cfg.FS.SameFile(mine, there) {
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
