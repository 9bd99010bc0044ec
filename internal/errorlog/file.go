package errorlog

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"xlattice.org/zog/internal/disk"
)

// The names of the files.
const (
	Name  = "error.log"
	Older = "error.log.1"
)

const lineEnd = "\r\n"

// File is error.log. It is not safe for concurrent use.
type File struct {
	fs          disk.FS
	path, older string
	max         int64 // bytes of both files together

	file      disk.File // nil while it is not open
	size      int64
	torn      bool  // the last line has no end
	renameErr error // of the last renaming
}

// New returns the error.log of a directory. Open opens it.
func New(fsys disk.FS, dir string) *File {
	return &File{fs: fsys, path: filepath.Join(dir, Name), older: filepath.Join(dir, Older)}
}

// Open opens the file, or opens it again: others may have renamed it. max is how many
// bytes error.log and error.log.1 may have together. After an error Write tries to
// open it again.
func (f *File) Open(max int64) error {
	f.max = max
	err := errors.Join(f.Close(), f.open(), f.trimOlder())
	if f.file != nil {
		err = errors.Join(err, trim(f.file, max/2), f.measure())
	}
	return err
}

// SetBound changes the bound, by Open if it is a different one.
func (f *File) SetBound(max int64) error {
	if max == f.max {
		return nil
	}
	return f.Open(max)
}

// Close closes the file, if it is open. Write opens it again.
func (f *File) Close() error {
	if f.file == nil {
		return nil
	}
	err := f.file.Close()
	f.file = nil
	return err
}

// RenameErr returns why the full error.log could not be renamed to error.log.1 the
// last time, and was cut instead, or nil.
func (f *File) RenameErr() error { return f.renameErr }

// Write appends whole lines, which must be smaller than half the bound. After an
// error some of them may have been written.
func (f *File) Write(lines []byte) error {
	if err := f.write(lines); err != nil {
		return errors.Join(err, f.Close())
	}
	return nil
}

func (f *File) write(lines []byte) error {
	if f.file != nil && !f.hasName() {
		if err := f.Close(); err != nil {
			return err
		}
	}
	if err := f.open(); err != nil {
		return err
	}
	if n := int64(len(lineEnd) + len(lines)); f.size+n > f.max/2 {
		if err := f.makeRoom(n); err != nil {
			return err
		}
	}
	if f.torn {
		lines = append([]byte(lineEnd), lines...)
	}
	n, err := f.file.Write(lines)
	f.size, f.torn = f.size+int64(n), false
	return err
}

func (f *File) open() error {
	if f.file != nil {
		return nil
	}
	file, err := f.fs.OpenFile(f.path, os.O_CREATE|os.O_RDWR|os.O_APPEND)
	if err != nil {
		return err
	}
	f.file = file
	if err := f.measure(); err != nil {
		return errors.Join(err, f.Close())
	}
	return nil
}

// measure finds the size of the file, and whether its last line is complete.
func (f *File) measure() error {
	info, err := f.file.Stat()
	if err != nil {
		return err
	}
	f.size, f.torn = info.Size(), false
	if f.size > 0 {
		var last [1]byte
		_, err := f.file.ReadAt(last[:], f.size-1)
		f.torn = err != nil || last[0] != '\n'
	}
	return nil
}

// makeRoom makes room for n bytes: it renames the file, or, if that fails, cuts its
// older lines.
func (f *File) makeRoom(n int64) error {
	if err := f.measure(); err != nil { // others may have truncated it
		return err
	}
	half := f.max / 2
	if f.size+n <= half {
		return nil
	}
	if f.size <= half { // under the other name, a larger one would still exceed the bound
		if f.renameErr = f.fs.Rename(f.path, f.older); f.renameErr == nil {
			return errors.Join(f.Close(), f.open())
		}
	}
	return errors.Join(cut(f.file, min(half/2, half-n)), f.measure())
}

// hasName tells whether the open file still has its name.
func (f *File) hasName() bool {
	open, err := f.file.Stat()
	if err != nil {
		return false
	}
	named, err := f.fs.Stat(f.path)
	return err == nil && f.fs.SameFile(open, named)
}

// trimOlder trims error.log.1, if it exists.
func (f *File) trimOlder() error {
	info, err := f.fs.Stat(f.older)
	if errors.Is(err, fs.ErrNotExist) || err == nil && !info.Mode().IsRegular() {
		return nil
	}
	file, err := f.fs.OpenFile(f.older, os.O_RDWR|os.O_APPEND)
	if err != nil {
		return err
	}
	return errors.Join(trim(file, f.max/2), file.Close())
}
