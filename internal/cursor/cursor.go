// Package cursor keeps the position of a reader of the log in a file, from which the reader goes
// on when it is started again.
//
//	unlock, err := cursor.Lock("/var/lib/alerts/cursor")
//	defer unlock()
//	c, err := cursor.Open("/var/lib/alerts/cursor")
//	at, kept := c.Kept() // where to go on, if it was kept
//	err = c.Keep(at)     // after what is before at has been dealt with
//
// The file has the text of the position and a line end. It is replaced atomically: a reader
// that is killed at any moment finds the position that it kept last.
package cursor

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/gofrs/flock"

	"xlattice.org/zog/internal/disk"
	"xlattice.org/zog/internal/position"
)

// maxFile is more than the longest position has, in bytes.
const maxFile = position.MaxRuns * 64

// File is a file with a position. It belongs to one goroutine.
type File struct {
	path string
	text string // what is in the file, without its line end
}

// Lock makes sure that no other process has the cursor file: both would read the same, and each would
// put its position over that of the other. It locks a file beside it, which stays. An error names the
// cursor file. unlock is to be called once; the lock ends with the process at the latest.
func Lock(path string) (unlock func(), err error) {
	if path == "" {
		return nil, errNoName
	}
	lock := flock.New(path + ".lock")
	switch locked, err := lock.TryLock(); {
	case err != nil:
		return nil, fmt.Errorf("cursor file: %w", err)
	case !locked:
		return nil, fmt.Errorf("cursor file %s: another reader of the log uses it", path)
	}
	return func() { _ = lock.Unlock() }, nil
}

var errNoName = errors.New("the name of the cursor file is empty")

// Open reads the file if it is there. An error names the file.
func Open(path string) (*File, error) {
	if path == "" {
		return nil, errNoName
	}
	text, err := read(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return &File{path: path}, nil
	case err != nil:
		return nil, fmt.Errorf("cursor file: %w", err)
	}
	text = strings.TrimSuffix(text, "\n")
	if _, err := position.Parse(text); err != nil {
		return nil, fmt.Errorf("cursor file %s: %w", path, err)
	}
	return &File{path: path, text: text}, nil
}

func read(path string) (text string, err error) {
	file, err := disk.OS{}.OpenFile(path, os.O_RDONLY)
	if err != nil {
		return "", err
	}
	defer file.Close()
	info, err := file.Stat()
	switch {
	case err != nil:
		return "", err
	case info.Size() > maxFile:
		return "", fmt.Errorf("%s is too long for a position", path)
	}
	in := make([]byte, info.Size())
	_, err = file.ReadAt(in, 0)
	return string(in), err
}

// Kept returns the position in the file, and whether there is one.
func (f *File) Kept() (at position.Position, kept bool) {
	if f.text == "" {
		return at, false
	}
	at, err := position.Parse(f.text)
	return at, err == nil
}

// Keep puts the text of a position into the file, synced. An error names the file.
func (f *File) Keep(text string) error {
	if text == f.text {
		return nil
	}
	if err := disk.Replace(disk.OS{}, f.path, []byte(text+"\n")); err != nil {
		return fmt.Errorf("cursor file: %w", err)
	}
	if err := (disk.OS{}).SyncDir(filepath.Dir(f.path)); err != nil && !disk.NoDirSync(err) {
		return fmt.Errorf("cursor file: %w", err)
	}
	f.text = text
	return nil
}
