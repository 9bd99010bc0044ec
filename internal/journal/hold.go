package journal

import (
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"syscall"
)

// The file .lock keeps a second daemon out of the log directory, and tells whether the
// directory is the one that we keep: another one has no .lock, or another. So it is
// noticed when the directory is removed, moved, replaced or covered by a mount, before
// anything is written to the wrong one.

// errStrange says that the directory must be held anew.
var errStrange = errors.New("the log directory is not the one that was opened: it, or .lock in it, was removed, moved, replaced or covered")

func (j *Writer) lockPath() string { return filepath.Join(j.cfg.Dir, ".lock") }

// ours returns nil as long as the log directory is the one that we have locked.
func (j *Writer) ours() error {
	if j.lock == nil {
		return errStrange
	}
	there, err := j.cfg.FS.Stat(j.lockPath())
	switch {
	case errors.Is(err, fs.ErrNotExist), errors.Is(err, syscall.ENOTDIR):
		return errStrange
	case err != nil:
		return fmt.Errorf("log directory: %w", err)
	case !j.cfg.FS.SameFile(j.locked, there):
		return errStrange
	}
	return nil
}

// hold makes the directory ours, and makes it if need be. An old lock goes first: the
// directory may be the same by another way, and our own lock would keep us out.
func (r *recovering) hold() error {
	j := r.j
	if err := j.ours(); err == nil || !errors.Is(err, errStrange) {
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
	// Asked once: this is done at each write, and a locked file stays what it is.
	locked, err := lock.Stat()
	if err != nil {
		return errors.Join(fmt.Errorf("log directory: %w", err), lock.Close())
	}
	j.lock, j.locked = lock, locked
	return nil
}

// unlock gives the directory free.
func (j *Writer) unlock() error {
	lock := j.lock
	if j.lock = nil; lock == nil {
		return nil
	}
	return lock.Close()
}
