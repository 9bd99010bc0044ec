package actors

import (
	"errors"
	"fmt"
	"io/fs"
	"syscall"
	"testing"

	"xlattice.org/zog/internal/disk"
	"xlattice.org/zog/internal/record"
	"xlattice.org/zog/messages/pzog"
)

// A client is told why the log cannot be written, without the paths of the host and without what
// the refusal itself says.
func TestWhyTheLogCannotBeWritten(t *testing.T) {
	const secret = "/srv/secret/access.log"
	for want, err := range map[string]error{
		"no space left on device":                           fmt.Errorf("5 bytes are free in %s: %w", secret, syscall.ENOSPC),
		"read-only file system":                             &fs.PathError{Op: "open", Path: secret, Err: syscall.EROFS},
		"access.log is a named pipe, not a regular file":    disk.NotRegular(secret, fs.ModeNamedPipe),
		"access.log is a symbolic link, not a regular file": fmt.Errorf("log directory: %w", disk.NotRegular(secret, fs.ModeSymlink)),
		"in use by another process":                         fmt.Errorf("%s: %w", secret, disk.ErrLocked),
		"":                                                  errors.New(secret + " is strange"),
	} {
		if got := storageDetail(err); got != want || got == record.Reason(pzog.Refusal_STORAGE) {
			t.Errorf("of %v: %q, want %q", err, got, want)
		}
	}
}
