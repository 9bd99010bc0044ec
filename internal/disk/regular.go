package disk

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"syscall"
)

// ErrNotRegular says that a name is not that of a regular file.
var ErrNotRegular = errors.New("not a regular file")

// careful are the flags with which a file is opened that others may have put there: a
// link is not followed, and a named pipe has no other end that is waited for.
const safeFlags = syscall.O_NOFOLLOW | syscall.O_NONBLOCK

// requireRegular returns an error if something has the name that is no regular file. It
// is asked before anything is opened: to open a device may do something.
func requireRegular(name string) error {
	info, err := os.Lstat(name)
	if err != nil {
		return nil // opening it says why
	}
	return NotRegular(name, info.Mode())
}

// requireOpen is the same for a file that was opened: it may be another one by then.
func requireOpen(f interface{ Stat() (fs.FileInfo, error) }, name string) error {
	info, err := f.Stat()
	if err != nil {
		return err
	}
	return NotRegular(name, info.Mode())
}

// NotRegular returns nil for the mode of a regular file, and else an error that names
// the file, says what it is, and wraps ErrNotRegular.
func NotRegular(name string, mode fs.FileMode) error {
	if mode.IsRegular() {
		return nil
	}
	return &fs.PathError{Op: "open", Path: name, Err: fmt.Errorf("%s, %w", kind(mode), ErrNotRegular)}
}

// Create makes a file of our own under a name for which nobody else has a use, with the
// flags of os.OpenFile for the access. What has the name goes first, and only the name of
// it: it may be a link to somebody's file.
func Create(fsys FS, name string, access int) (File, error) {
	if err := fsys.Remove(name); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	return fsys.OpenFile(name, access|os.O_CREATE|os.O_EXCL)
}

func kind(mode fs.FileMode) string {
	switch mode.Type() {
	case fs.ModeDir:
		return "a directory"
	case fs.ModeSymlink:
		return "a symbolic link"
	case fs.ModeNamedPipe:
		return "a named pipe"
	case fs.ModeSocket:
		return "a socket"
	}
	return "a device"
}
