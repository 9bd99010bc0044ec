package disk

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"syscall"
)

// ErrNotRegular says that a name does not belong to a regular file.
var ErrNotRegular = errors.New("not a regular file")

// safeFlags are added to all flags, since others may have put something under the
// name: a symbolic link is not followed, and a named pipe does not block.
const safeFlags = syscall.O_NOFOLLOW | syscall.O_NONBLOCK

// requireRegular returns an error if the name exists and is not a regular file. It is
// called before the file is opened, because opening a device may have effects.
func requireRegular(name string) error {
	info, err := os.Lstat(name)
	if err != nil {
		return nil // opening it says why
	}
	return NotRegular(name, info.Mode())
}

// requireOpen checks the same for the open file, which may be another one by then.
func requireOpen(f interface{ Stat() (fs.FileInfo, error) }, name string) error {
	info, err := f.Stat()
	if err != nil {
		return err
	}
	return NotRegular(name, info.Mode())
}

// NotRegular returns nil for the mode of a regular file, and otherwise an error that
// names the file, says what it is, and wraps ErrNotRegular.
func NotRegular(name string, mode fs.FileMode) error {
	if mode.IsRegular() {
		return nil
	}
	return &fs.PathError{Op: "open", Path: name, Err: fmt.Errorf("%s, %w", kind(mode), ErrNotRegular)}
}

// Create creates a file under a name that is for our use alone, for writing or
// reading (access is os.O_WRONLY or os.O_RDWR). If the name exists it is removed
// first and not truncated: it may be a link to a file of somebody else.
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
