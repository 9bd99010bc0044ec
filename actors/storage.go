package actors

import (
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"syscall"

	"xlattice.org/zog/internal/disk"
)

// Storage returns why the access log cannot be written, or nil. While it
// cannot, the host takes no messages (DESIGN 6): nothing may be promised that
// is not kept.
func (n *Node) Storage() error {
	if err := n.storage.Load(); err != nil {
		return *err
	}
	return nil
}

func (n *Node) setStorage(err error) {
	if err == nil {
		n.storage.Store(nil)
		return
	}
	n.storage.Store(&err)
}

// storageDetail says to a client why the log cannot be written, without the
// host's paths. It is empty where nothing can be said that the refusal itself does not
// say.
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
