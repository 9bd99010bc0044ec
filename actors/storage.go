package actors

import (
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"sync/atomic"
	"syscall"

	"xlattice.org/zog/internal/disk"
)

// storage says whether the access log can be written. While it cannot, the host takes no
// messages: an Ok would promise what is not kept. The access log sets it.
type storage struct{ failure atomic.Pointer[error] }

// err returns why the access log cannot be written, or nil.
func (s *storage) err() error {
	if err := s.failure.Load(); err != nil {
		return *err
	}
	return nil
}

func (s *storage) set(err error) {
	if err == nil {
		s.failure.Store(nil)
		return
	}
	s.failure.Store(&err)
}

// storageDetail tells a client why the log cannot be written, without the paths of the host.
// It is empty where it would say no more than the refusal itself.
func storageDetail(err error) string {
	var errno syscall.Errno
	var path *fs.PathError
	switch {
	case errors.Is(err, disk.ErrNotRegular) && errors.As(err, &path):
		return fmt.Sprintf("%s is %v", filepath.Base(path.Path), path.Err)
	case errors.Is(err, disk.ErrLocked):
		return disk.ErrLocked.Error()
	case errors.As(err, &errno):
		return errno.Error()
	}
	return ""
}
