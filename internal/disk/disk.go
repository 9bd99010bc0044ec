// Package disk is the file system as the rest of zog sees it: an interface
// that is small enough to be replaced in a test by one that forgets, fills up
// or lies, and the real one, OS.
package disk

import (
	"errors"
	"io"
	"io/fs"
	"os"

	"github.com/gofrs/flock"
)

// ErrLocked says that another process holds the lock.
var ErrLocked = errors.New("in use by another process")

// File is an open file.
type File interface {
	io.Writer
	io.ReaderAt
	io.Closer
	Sync() error
	Truncate(size int64) error
	Stat() (fs.FileInfo, error)
}

// FS opens and moves files. Names are paths of the operating system.
type FS interface {
	// OpenFile opens a file with the flags of os.OpenFile.
	OpenFile(name string, flag int) (File, error)
	Rename(from, to string) error
	ReadDir(name string) ([]fs.DirEntry, error)
	Stat(name string) (fs.FileInfo, error)
	MkdirAll(name string) error
	// SyncDir makes the creating and renaming of files in a directory durable.
	SyncDir(name string) error
	// Lock takes a lock that only one holder on the machine can have, and that
	// ends with the process. It returns ErrLocked when it is taken.
	Lock(name string) (io.Closer, error)
}

// OS is the file system of the operating system. It creates files and
// directories for their owner and group to read, and the owner to write.
type OS struct{}

var _ FS = OS{}

// OpenFile implements FS.
func (OS) OpenFile(name string, flag int) (File, error) {
	f, err := os.OpenFile(name, flag, 0o640)
	if err != nil {
		return nil, err
	}
	return f, nil
}

// Rename implements FS.
func (OS) Rename(from, to string) error { return os.Rename(from, to) }

// ReadDir implements FS.
func (OS) ReadDir(name string) ([]fs.DirEntry, error) { return os.ReadDir(name) }

// Stat implements FS.
func (OS) Stat(name string) (fs.FileInfo, error) { return os.Stat(name) }

// MkdirAll implements FS.
func (OS) MkdirAll(name string) error { return os.MkdirAll(name, 0o750) }

// SyncDir implements FS.
func (OS) SyncDir(name string) error {
	d, err := os.Open(name)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

// Lock implements FS.
func (OS) Lock(name string) (io.Closer, error) {
	l := flock.New(name)
	got, err := l.TryLock()
	if err != nil {
		return nil, err
	}
	if !got {
		return nil, ErrLocked
	}
	return l, nil
}
