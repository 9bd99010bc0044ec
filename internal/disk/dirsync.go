package disk

import (
	"errors"
	"syscall"
)

// NoDirSync tells whether an error of SyncDir means that the file system does not
// support it, as is so with some network and FUSE file systems. Then a crash of the
// machine may undo the creation, renaming and removal of files there.
func NoDirSync(err error) bool {
	return errors.Is(err, errors.ErrUnsupported) || errors.Is(err, syscall.EINVAL)
}
