package journal_test

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"sync"

	"xlattice.org/zog/internal/disk"
)

// operation is what a disk is asked to do, and may fail to.
type operation string

const (
	opening    operation = "open"
	reading    operation = "read"
	writing    operation = "write"
	shortWrite operation = "short write"
	syncing    operation = "sync"
	truncating operation = "truncate"
	renaming   operation = "rename"
	syncingDir operation = "sync directory"
	listing    operation = "list"
)

// faults is the disk of a test. It is the real one, but that it fails where it
// is told to, counts what is open, and knows what a power cut would take. It
// spares the disk all real syncing.
type faults struct {
	disk.OS

	latest *faultyFile // that was created

	mu     sync.Mutex
	next   map[operation]error
	open   int
	atRisk map[*faultyFile]bool
}

var _ disk.FS = (*faults)(nil)

func newFaults() *faults {
	return &faults{next: make(map[operation]error), atRisk: make(map[*faultyFile]bool)}
}

// fail lets the next operation of a kind fail with err; nil takes that back.
func (f *faults) fail(op operation, err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.next[op] = err; err == nil {
		delete(f.next, op)
	}
}

// due returns the error that an operation is to fail with, once.
func (f *faults) due(op operation) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	err := f.next[op]
	delete(f.next, op)
	return err
}

// note judges what a power cut would do to a file: it loses what was not
// synced, and all of it while its directory was not.
func (f *faults) note(file *faultyFile) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.atRisk[file] = true; file.size <= file.synced && !(file.isNew && file.size > 0) {
		delete(f.atRisk, file)
	}
}

func (f *faults) count(change int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.open += change
}

// state returns how many files and locks are open, and how many files a power
// cut would set back.
func (f *faults) state() (open, atRisk int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.open, len(f.atRisk)
}

func (f *faults) OpenFile(name string, flag int) (disk.File, error) {
	if err := f.due(opening); err != nil {
		return nil, &fs.PathError{Op: "open", Path: name, Err: err}
	}
	real, err := f.OS.OpenFile(name, flag)
	if err != nil {
		return nil, err
	}
	info, err := real.Stat()
	if err != nil {
		return nil, errors.Join(err, real.Close())
	}
	f.count(1)
	file := &faultyFile{File: real, fs: f, size: info.Size(), synced: info.Size()}
	if flag&os.O_CREATE != 0 {
		file.isNew, f.latest = true, file
	}
	return file, nil
}

func (f *faults) Rename(from, to string) error {
	if err := f.due(renaming); err != nil {
		return err
	}
	return f.OS.Rename(from, to)
}

func (f *faults) SyncDir(string) error {
	err := f.due(syncingDir)
	if err == nil && f.latest != nil {
		f.latest.isNew = false
	}
	return err
}

func (f *faults) ReadDir(name string) ([]fs.DirEntry, error) {
	if err := f.due(listing); err != nil {
		return nil, err
	}
	return f.OS.ReadDir(name)
}

func (f *faults) Lock(name string) (io.Closer, error) {
	l, err := f.OS.Lock(name)
	if err != nil {
		return nil, err
	}
	f.count(1)
	return closer(func() error { f.count(-1); return l.Close() }), nil
}

type closer func() error

func (c closer) Close() error { return c() }

type faultyFile struct {
	disk.File
	fs           *faults
	size, synced int64
	isNew        bool // in a directory that was not synced since
}

func (f *faultyFile) ReadAt(b []byte, at int64) (int, error) {
	if err := f.fs.due(reading); err != nil {
		return 0, err
	}
	return f.File.ReadAt(b, at)
}

func (f *faultyFile) Write(b []byte) (int, error) {
	if err := f.fs.due(writing); err != nil {
		return 0, err
	}
	short := f.fs.due(shortWrite)
	if short != nil {
		b = b[:len(b)/2]
	}
	n, err := f.File.Write(b)
	f.size += int64(n)
	f.fs.note(f)
	if err == nil {
		err = short
	}
	return n, err
}

func (f *faultyFile) Sync() error {
	err := f.fs.due(syncing)
	if err == nil {
		f.synced = f.size
		f.fs.note(f)
	}
	return err
}

func (f *faultyFile) Truncate(size int64) error {
	if err := f.fs.due(truncating); err != nil {
		return err
	}
	f.size = size
	f.fs.note(f)
	return f.File.Truncate(size)
}

func (f *faultyFile) Close() error {
	f.fs.count(-1)
	return f.File.Close()
}
