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

// Errors after which the journal must recover before it can be written to.
var (
	errNotOpen    = errors.New("access log: it must recover first")
	errSyncFailed = errors.New("access log: a sync has failed, it must recover first")
	errChanged    = errors.New("access.log was truncated or written to by others")
	errRemoved    = errors.New("access.log was removed, replaced or moved out of the log directory")
	errRenumbered = errors.New("the segments were renamed")
)

// checkActive checks that the active segment still has a name and is size bytes long.
// Another name is no error: somebody rotates it.
func (j *Writer) checkActive(size int64) error {
	info, err := j.file.Stat()
	switch {
	case err != nil:
		return fmt.Errorf("access log: %w", err)
	case j.cfg.FS.Unlinked(info):
		return errRemoved
	case info.Size() != size:
		return errChanged
	}
	return nil
}

// rotate seals the active segment under its number, and begins a new one. A segment
// that others have renamed is not sealed but replaced (Reopen). One that others have
// cut must not be sealed: it would count as whole until it is scrubbed, a day later.
func (j *Writer) rotate() error {
	if err := j.checkActive(j.active.size); err != nil {
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
	if err := roomAbove(j.nextNumber); err != nil {
		return err
	}
	path := j.path(j.nextNumber)
	switch _, err := j.cfg.FS.Stat(path); {
	case err == nil:
		return fmt.Errorf("access log: %s is in the way: %w", path, errRenumbered)
	case !errors.Is(err, fs.ErrNotExist):
		return fmt.Errorf("access log: %w", err)
	}
	if err := j.rename(j.active, path); err != nil {
		return err
	}
	return j.startNext(j.nextNumber)
}

// rename renames a segment under mu, which readers hold while they open one.
func (j *Writer) rename(s *segment, path string) error {
	j.mu.Lock()
	defer j.mu.Unlock()
	if err := j.cfg.FS.Rename(s.path, path); err != nil {
		return fmt.Errorf("access log: %w", err)
	}
	s.path = path
	return nil
}

// startNext begins a new active segment behind the one that has just got a number,
// and stores the index of that one. If the index cannot be stored, the next start
// reads the segment and stores it.
func (j *Writer) startNext(number int) error {
	sealed := j.active
	j.mu.Lock()
	sealed.path, sealed.number, sealed.sealed = j.path(number), number, j.now()
	sealed.sealedHere = true
	sealed.holds.compact()
	j.mu.Unlock()
	if err := j.openActive(nil); err != nil {
		return err
	}
	_ = disk.Replace(j.cfg.FS, j.indexPath(number), appendIndex(nil, sealed.index()))
	return nil
}

// Reopen begins a new access.log if the old one was renamed, as logrotate does. If
// its new name is that of a segment with the highest number, it stays part of the
// journal. With any other name in the log directory it belongs to whoever renamed it,
// and its messages count as retired. With no name there it is lost, which is an
// error; it is still open, so Recover saves what was written. moved tells whether it
// was renamed. After an error the journal must recover.
func (j *Writer) Reopen() (moved bool, err error) {
	if j.file == nil {
		return false, errNotOpen
	}
	if err := j.checkDir(); err != nil {
		return false, err
	}
	mine, err := j.file.Stat()
	if err != nil {
		return false, fmt.Errorf("access log: %w", err)
	}
	if there, err := j.isAt(j.path(0), mine); there || err != nil {
		return false, err
	}
	if err := j.checkActive(j.active.size); err != nil {
		return false, err
	}
	if err := j.Sync(); err != nil {
		return false, err
	}
	return true, j.replaceActive(mine)
}

// isAt tells whether path is the file that info describes.
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

// replaceActive goes on without the active segment, which others have renamed.
func (j *Writer) replaceActive(mine fs.FileInfo) error {
	found, err := j.list()
	if err != nil {
		return err
	}
	name, err := j.nameOf(mine, found)
	if err != nil {
		return err
	}
	j.nextNumber = max(j.nextNumber, found.highest())
	number, ours := logname.ParseSegment(name)
	switch {
	case name == "":
		return errRemoved
	case !ours:
		if _, err := j.raiseFloors(j.active); err != nil {
			return err
		}
		return j.openActive(j.active)
	case number < found.segments[len(found.segments)-1]:
		return fmt.Errorf("access log: %w", errRenumbered)
	}
	return j.startNext(number)
}

// nameOf returns the present name of the active segment in the log directory: that of
// a segment if it has one, else any other. It is "" if there is none.
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

// raiseFloors raises the floors over the messages of some segments, so that they need
// not be in the journal any more. It returns the marks that have changed.
func (j *Writer) raiseFloors(segments ...*segment) (moved []marks.Mark, err error) {
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

// openActive begins a new active segment behind the others. The segment without, if
// any, leaves the journal.
func (j *Writer) openActive(without *segment) error {
	file, fresh, err := j.createActive(j.nextNumber + 1)
	if err != nil {
		return fmt.Errorf("access log: %w", err)
	}
	stale := j.claims.number
	err = j.release()
	j.nextNumber++
	j.active = &segment{path: j.path(0)}
	j.file, j.claims = file, fresh
	j.mu.Lock()
	defer j.mu.Unlock()
	kept := slices.DeleteFunc(slices.Clone(j.segments), func(s *segment) bool { return s == without })
	j.segments = append(kept, j.active)
	if stale > 0 {
		_ = j.cfg.FS.Remove(j.claimsPath(stale)) // nothing reads it again
	}
	return err
}

// createActive creates an empty access.log, makes its name durable, and creates the
// file of its claims.
func (j *Writer) createActive(number int) (disk.File, claims, error) {
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
