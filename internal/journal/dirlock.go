package journal

import (
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"syscall"
)

// The file .lock keeps a second daemon out of the log directory. It also identifies
// the directory: another directory has no .lock, or a different one. So it is noticed
// when the directory was removed, moved, replaced, or covered by a mount, before
// anything is written to the wrong place.

// errOtherDir says that the directory must be locked anew.
var errOtherDir = errors.New("the log directory is not the one that was opened: it, or .lock in it, was removed, moved, replaced or covered")

func (j *Writer) lockPath() string { return filepath.Join(j.cfg.Dir, ".lock") }

// checkDir returns nil as long as the log directory is the one that we have locked.
func (j *Writer) checkDir() error {
	if j.lock == nil {
		return errOtherDir
	}
	there, err := j.cfg.FS.Stat(j.lockPath())
	switch {
	case errors.Is(err, fs.ErrNotExist), errors.Is(err, syscall.ENOTDIR):
		return errOtherDir
	case err != nil:
		return fmt.Errorf("log directory: %w", err)
	case !j.cfg.FS.SameFile(j.locked, there):
		return errOtherDir
	}
	return nil
}

// lockDir creates and locks the log directory, unless we have it locked. An old lock
// is released first: if the same directory is reached by another path, our own lock
// would keep us out.
func (r *recovering) lockDir() error {
	j := r.j
	if err := j.checkDir(); err == nil || !errors.Is(err, errOtherDir) {
		return err
	}
	if err := j.unlock(); err != nil {
		return fmt.Errorf("log directory: %w", err)
	}
	if err := makeDir(j.cfg.FS, j.cfg.Dir); err != nil {
		return fmt.Errorf("log directory: %w", err)
	}
	lock, err := j.cfg.FS.Lock(j.lockPath())
	if err != nil {
		return fmt.Errorf("log directory %s: %w", j.cfg.Dir, err)
	}
	// Asked once, not at each write: the locked file does not change.
	locked, err := lock.Stat()
	if err != nil {
		return errors.Join(fmt.Errorf("log directory: %w", err), lock.Close())
	}
	j.lock, j.locked = lock, locked
	return nil
}

// unlock releases the directory.
func (j *Writer) unlock() error {
	lock := j.lock
	if j.lock = nil; lock == nil {
		return nil
	}
	return lock.Close()
}
