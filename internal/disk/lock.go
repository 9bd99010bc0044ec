package disk

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
	"syscall"

	"github.com/gofrs/flock"
)

// ErrLocked says that another process holds the lock.
var ErrLocked = errors.New("in use by another process")

// lock is a lock that we hold. Its file contains our process id, so that others can
// say who holds it.
type lock struct {
	*flock.Flock
}

// Lock implements FS. The error names the process that holds the lock, if that is
// known.
func (OS) Lock(name string) (Lock, error) {
	if err := requireRegular(name); err != nil {
		return nil, err
	}
	l := lock{flock.New(name, flock.SetFlag(os.O_CREATE|os.O_RDONLY|safeFlags))}
	got, err := l.TryLock()
	if err != nil {
		return nil, err
	}
	if !got {
		return nil, lockedBy(holder(name))
	}
	if err := requireOpen(l, name); err != nil {
		return nil, errors.Join(err, l.Flock.Close())
	}
	l.write(strconv.Itoa(os.Getpid()) + "\n")
	return l, nil
}

// Close releases the lock.
func (l lock) Close() error {
	l.write("")
	return l.Flock.Close()
}

// write replaces the content of the file. Errors are ignored, as on a full disk: the
// lock is held all the same, and only its holder is not known.
func (l lock) write(text string) {
	if !l.ownsFile() {
		return
	}
	file, err := os.OpenFile(l.Path(), os.O_WRONLY|os.O_TRUNC|safeFlags, 0)
	if err != nil {
		return
	}
	_, _ = io.WriteString(file, text)
	_ = file.Close()
}

// ownsFile tells whether the name still belongs to the locked file, and no other name
// does: the content of other files must not be changed.
func (l lock) ownsFile() bool {
	mine, err := l.Stat()
	if err != nil {
		return false
	}
	there, err := os.Lstat(l.Path())
	stat, ok := mine.Sys().(*syscall.Stat_t)
	return err == nil && os.SameFile(mine, there) && ok && stat.Nlink == 1
}

// holder returns the process id in the file of a lock, or 0. After a kill -9 the id
// of the previous holder is there until the next one writes its own, so the id of a
// process that does not exist counts for nothing.
func holder(name string) int {
	file, err := os.OpenFile(name, os.O_RDONLY|safeFlags, 0)
	if err != nil {
		return 0
	}
	defer file.Close()
	text, _ := io.ReadAll(io.LimitReader(file, 32)) // an unreadable file names nobody
	pid, err := strconv.Atoi(strings.TrimSpace(string(text)))
	if err != nil || pid <= 0 || errors.Is(syscall.Kill(pid, 0), syscall.ESRCH) {
		return 0
	}
	return pid
}

func lockedBy(pid int) error {
	if pid == 0 {
		return ErrLocked
	}
	return fmt.Errorf("%w (pid %d)", ErrLocked, pid)
}
