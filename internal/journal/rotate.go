package journal

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"xlattice.org/zog/internal/disk"
	"xlattice.org/zog/internal/logname"
	"xlattice.org/zog/internal/marks"
)

// Why the log cannot be written to before it has recovered.
var (
	errNotOpen = errors.New("access log: it must recover first")
	errDoubt   = errors.New("access log: a sync has failed, it must recover first")
	errShrunk  = errors.New("access.log was truncated or written to by others")
	errRemoved = errors.New("access.log was removed, replaced or moved out of the log directory")
	errShifted = errors.New("the segments were renamed")
)

// check sees whether the active segment is the file that we write, size bytes
// long (that it has another name does not matter: somebody rotates it).
func (j *Writer) check(size int64) error {
	info, err := j.file.Stat()
	switch {
	case err != nil:
		return fmt.Errorf("access log: %w", err)
	case j.cfg.FS.Unlinked(info):
		return errRemoved
	case info.Size() != size:
		return errShrunk
	}
	return nil
}

// rotate seals the active segment under its number and begins a new one. If
// others have moved it, it is theirs, or has a number already. If they have cut it
// it must not be sealed: nobody would look at it for a day.
func (j *Writer) rotate() error {
	if err := j.check(j.current.size); err != nil {
		return err
	}
	if moved, err := j.Reopen(); moved || err != nil {
		return err
	}
	if !j.cfg.Lazy {
		if err := j.Sync(); err != nil {
			return err
		}
	}
	if err := roomAbove(j.number); err != nil {
		return err
	}
	path := j.path(j.number)
	switch _, err := j.cfg.FS.Stat(path); {
	case err == nil:
		return fmt.Errorf("access log: %s is in the way: %w", path, errShifted)
	case !errors.Is(err, fs.ErrNotExist):
		return fmt.Errorf("access log: %w", err)
	}
	if err := j.rename(j.current, path); err != nil {
		return err
	}
	return j.succeed(j.number)
}

// rename renames a segment. Whoever opens one holds the lock for it.
func (j *Writer) rename(s *segment, path string) error {
	j.mu.Lock()
	defer j.mu.Unlock()
	if err := j.cfg.FS.Rename(s.path, path); err != nil {
		return fmt.Errorf("access log: %w", err)
	}
	s.path = path
	return nil
}

// succeed begins a new active segment behind the one that has got a number, and
// stores the index of that. If it cannot be stored, the next start reads the
// segment, and tries again.
func (j *Writer) succeed(number int) error {
	sealed := j.current
	j.mu.Lock()
	sealed.path, sealed.number, sealed.sealed = j.path(number), number, j.now()
	sealed.here = true
	sealed.holds.done()
	j.mu.Unlock()
	if err := j.begin(nil); err != nil {
		return err
	}
	_ = replaceFile(j.cfg.FS, j.indexPath(number), appendIndex(nil, sealed.index()))
	return nil
}

// Reopen begins a new access.log if the old one was renamed, as logrotate does.
// A renamed one whose new name is a segment's, behind all others, stays part of
// the journal. One that has any other name in the log directory is left to whoever
// renamed it, and its messages count as retired. One that has none there is lost,
// which is an error: what was written is still open, and is saved when the journal
// recovers. It reports whether there was anything to do; after an error the journal
// must recover.
func (j *Writer) Reopen() (moved bool, err error) {
	if j.file == nil {
		return false, errNotOpen
	}
	if err := j.ours(); err != nil {
		return false, err
	}
	mine, err := j.file.Stat()
	if err != nil {
		return false, fmt.Errorf("access log: %w", err)
	}
	if there, err := j.isAt(j.path(0), mine); there || err != nil {
		return false, err
	}
	if err := j.check(j.current.size); err != nil {
		return false, err
	}
	if err := j.Sync(); err != nil {
		return false, err
	}
	return true, j.leave(mine)
}

// isAt tells whether the file of this name is the one that info is about.
func (j *Writer) isAt(path string, info fs.FileInfo) (bool, error) {
	there, err := j.cfg.FS.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("access log: %w", err)
	}
	return j.cfg.FS.SameFile(info, there), nil
}

// leave goes on without the active segment, which others have renamed.
func (j *Writer) leave(mine fs.FileInfo) error {
	found, err := j.list()
	if err != nil {
		return err
	}
	name, err := j.nameOf(mine, found)
	if err != nil {
		return err
	}
	j.number = max(j.number, found.highest())
	number, ours := logname.ParseSegment(name)
	switch {
	case name == "":
		return errRemoved
	case !ours:
		if err := j.part(j.current); err != nil {
			return err
		}
		return j.begin(j.current)
	case number < found.segments[len(found.segments)-1]:
		return fmt.Errorf("access log: %w", errShifted)
	}
	return j.succeed(number)
}

// nameOf returns the name in the log directory that the active segment was given by
// others: that of a segment, if it has one. It is "" if there is none.
func (j *Writer) nameOf(mine fs.FileInfo, found *listing) (string, error) {
	if j.cfg.FS.Unlinked(mine) {
		return "", nil
	}
	for _, number := range slices.Backward(found.segments) {
		if there, err := j.isAt(j.path(number), mine); there || err != nil {
			return logname.Segment(number), err
		}
	}
	for _, name := range found.others {
		if there, err := j.isAt(filepath.Join(j.cfg.Dir, name), mine); there || err != nil {
			return name, err
		}
	}
	return "", nil
}

// part takes a segment out of the journal: its messages are under the floors.
func (j *Writer) part(s *segment) error {
	_, err := j.raiseOver(s)
	return err
}

// raiseOver makes the marks of segments outlive them, and returns those marks.
func (j *Writer) raiseOver(segments ...*segment) (moved []marks.Mark, err error) {
	raised := j.floors.clone()
	for _, s := range segments {
		for _, held := range s.holds.all {
			raised.raise(held.Run, held.last)
			moved = append(moved, marks.Mark{Run: held.Run, Seq: held.last})
		}
	}
	if err := j.storeFloors(raised); err != nil {
		return nil, err
	}
	for i, m := range moved {
		moved[i].Seq, moved[i].First = max(m.Seq, j.written.Seq(m.Run)), raised.of[m.Run]+1
		j.written.Set(moved[i])
	}
	return moved, nil
}

// begin opens a new active segment behind those that there are, without one
// that is no longer part of the journal.
func (j *Writer) begin(without *segment) error {
	file, fresh, err := j.create(j.number + 1)
	if err != nil {
		return fmt.Errorf("access log: %w", err)
	}
	stale := j.claims.number
	err = j.release()
	j.number++
	j.current = &segment{path: j.path(0)}
	j.file, j.claims = file, fresh
	j.mu.Lock()
	defer j.mu.Unlock()
	kept := slices.DeleteFunc(slices.Clone(j.segments), func(s *segment) bool { return s == without })
	j.segments = append(kept, j.current)
	if stale > 0 {
		_ = j.cfg.FS.Remove(j.claimsPath(stale)) // nobody will ask for it
	}
	return err
}

// create opens an access.log that is empty and that no power cut undoes, and
// the file of its claims.
func (j *Writer) create(number int) (disk.File, claims, error) {
	file, err := j.cfg.FS.OpenFile(j.path(0), os.O_CREATE|os.O_RDWR|os.O_APPEND)
	if err != nil {
		return nil, claims{}, err
	}
	about := j.openClaims(number, new(sums))
	info, err := file.Stat()
	if err == nil && info.Size() > 0 {
		err = fmt.Errorf("%s was put there by others and is not empty", j.path(0))
	}
	if err == nil {
		err = j.cfg.FS.SyncDir(j.cfg.Dir)
	}
	if err != nil {
		return nil, claims{}, errors.Join(err, about.close(), file.Close())
	}
	return file, about, nil
}
