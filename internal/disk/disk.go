// Package disk is the file system as the rest of zog sees it: the interface FS,
// small enough that a test can replace it by one that loses data, fills up or
// lies, and OS, which is the real one.
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
	// Stat describes the locked file, whatever its present name.
	Stat() (fs.FileInfo, error)
}

// FS opens and moves files. Names are paths of the operating system.
type FS interface {
	// OpenFile opens a regular file with the flags of os.OpenFile. It never waits for
	// another program. The error wraps ErrNotRegular if the name is anything else, a
	// symbolic link included: that is neither opened nor followed.
	OpenFile(name string, flag int) (File, error)
	Rename(from, to string) error
	Remove(name string) error
	ReadDir(name string) ([]fs.DirEntry, error)
	Stat(name string) (fs.FileInfo, error)
	MkdirAll(name string) error
	// SameFile tells whether two results of Stat describe the same file.
	SameFile(a, b fs.FileInfo) bool
	// Unlinked tells whether an open file has no name any more.
	Unlinked(info fs.FileInfo) bool
	// SyncDir makes the creation, renaming and removal of files in a directory
	// durable. NoDirSync tells whether an error means that the file system does not
	// support it.
	SyncDir(name string) error
	// Lock takes a lock that only one holder on the machine can have, and that ends
	// with the process. It creates the file if need be. The file is for this lock
	// only, and Lock writes to it. The error wraps ErrLocked if somebody has the
	// lock, and ErrNotRegular as that of OpenFile does.
	Lock(name string) (Lock, error)
	// Space returns how full the file system is that dir is on.
	Space(dir string) (Space, error)
}

// OS is the file system of the operating system. The files and directories that it
// creates can be read by their owner and group, and written by the owner.
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
