package disk

import (
	"errors"
	"syscall"
)

// NoDirSync tells whether an error of SyncDir says that the file system cannot sync
// directories, as some network and FUSE file systems cannot. Then a crash of the
// machine may undo the creating, renaming and removing of files there, and nothing
// can be done about it.
func NoDirSync(err error) bool {
	return errors.Is(err, errors.ErrUnsupported) || errors.Is(err, syscall.EINVAL)
}
