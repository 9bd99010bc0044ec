// Package disk is the file system as the rest of zog sees it: an interface
// that is small enough to be replaced in a test by one that forgets, fills up
// or lies, and the real one, OS.
package disk

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"syscall"
)

// File is an open file.
type File interface {
	io.Writer
	io.WriterAt // not for a file that was opened with O_APPEND
	io.ReaderAt
	io.Closer
	Sync() error
	Truncate(size int64) error
	Stat() (fs.FileInfo, error)
}

// Lock is a lock that is held until it is closed.
type Lock interface {
	io.Closer
	// Stat is about the file that is locked, whatever its name is by now.
	Stat() (fs.FileInfo, error)
}

// FS opens and moves files. Names are paths of the operating system.
type FS interface {
	// OpenFile opens a regular file with the flags of os.OpenFile. It never waits for
	// another program. The error wraps ErrNotRegular for whatever else has the name,
	// a symbolic link among it: that is neither opened nor followed.
	OpenFile(name string, flag int) (File, error)
	Rename(from, to string) error
	Remove(name string) error
	ReadDir(name string) ([]fs.DirEntry, error)
	Stat(name string) (fs.FileInfo, error)
	MkdirAll(name string) error
	// SameFile tells whether two answers of Stat are about one file.
	SameFile(a, b fs.FileInfo) bool
	// Unlinked tells whether a file that is still open has no name any more.
	Unlinked(info fs.FileInfo) bool
	// SyncDir makes the creating, renaming and removing of files in a directory durable.
	// NoDirSync tells whether it failed as the file system cannot do that.
	SyncDir(name string) error
	// Lock takes a lock that only one holder on the machine can have, and that
	// ends with the process. It makes the file if there is none. The file is for this
	// lock only, and what is in it is Lock's. The error wraps ErrLocked when the lock is
	// taken, and ErrNotRegular as OpenFile does.
	Lock(name string) (Lock, error)
	// Space returns how full the file system is that a directory is on.
	Space(dir string) (Space, error)
}

// OS is the file system of the operating system. It creates files and
// directories for their owner and group to read, and the owner to write.
type OS struct{}

var _ FS = OS{}

// OpenFile implements FS.
func (OS) OpenFile(name string, flag int) (File, error) {
	if err := requireRegular(name); err != nil {
		return nil, err
	}
	f, err := os.OpenFile(name, flag|safeFlags, 0o640)
	if err != nil {
		return nil, err
	}
	if err := requireOpen(f, name); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return f, nil
}

// Rename implements FS.
func (OS) Rename(from, to string) error { return os.Rename(from, to) }

// Remove implements FS.
func (OS) Remove(name string) error { return os.Remove(name) }

// ReadDir implements FS.
func (OS) ReadDir(name string) ([]fs.DirEntry, error) { return os.ReadDir(name) }

// Stat implements FS.
func (OS) Stat(name string) (fs.FileInfo, error) { return os.Lstat(name) }

// MkdirAll implements FS.
func (OS) MkdirAll(name string) error { return os.MkdirAll(name, 0o750) }

// SameFile implements FS.
func (OS) SameFile(a, b fs.FileInfo) bool { return os.SameFile(a, b) }

// Unlinked implements FS.
func (OS) Unlinked(info fs.FileInfo) bool {
	stat, ok := info.Sys().(*syscall.Stat_t)
	return ok && stat.Nlink == 0
}

// SyncDir implements FS.
func (OS) SyncDir(name string) error {
	d, err := os.Open(name)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
