package journal_test

import (
	"errors"
	"syscall"
	"testing"

	"xlattice.org/zog/internal/journal"
	"xlattice.org/zog/internal/test/crashdisk"
)

// A file system that cannot sync directories is told of once, and the journal goes
// on without: it opens, rotates, recovers and opens again.
func TestAFileSystemWithoutDirectorySyncs(t *testing.T) {
	for _, why := range []error{syscall.EINVAL, syscall.EOPNOTSUPP, syscall.ENOSYS} {
		k := newHarness(t)
		k.cfg.Dir = "log/made/by us"
		k.disk.Fail(crashdisk.Fault{Op: crashdisk.OpSyncDir, Err: why})
		k.begin()
		if !errors.Is(k.recovery.NoDirSync, why) {
			t.Errorf("%v: the recovery tells of %v", why, k.recovery.NoDirSync)
		}
		k.mustLog(10) // some segments
		again, err := k.Recover()
		if err != nil || again.NoDirSync != nil {
			t.Errorf("%v: told again of %v, %v", why, again.NoDirSync, err)
		}
		k.mustLog(1)
		if r := k.reopen(); r.Records != 11 || r.NoDirSync == nil {
			t.Errorf("%v: after a restart %d records, told of %v", why, r.Records, r.NoDirSync)
		}
	}
}

// Any other failure to sync a directory is one.
func TestADirectorySyncThatFails(t *testing.T) {
	k := newHarness(t)
	k.disk.Fail(crashdisk.Fault{Op: crashdisk.OpSyncDir, Err: syscall.EIO})
	if _, _, err := journal.Open(k.cfg); !errors.Is(err, syscall.EIO) {
		t.Errorf("got %v", err)
	}
}
