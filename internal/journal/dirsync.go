package journal

import "xlattice.org/zog/internal/disk"

// forgiving is a file system that goes on without directory syncs where the real
// one cannot sync directories. It is for the writer alone.
type forgiving struct {
	disk.FS
	failed error // the first failure, until it is told of
	told   bool
}

// SyncDir implements disk.FS.
func (f *forgiving) SyncDir(name string) error {
	err := f.FS.SyncDir(name)
	if !disk.NoDirSync(err) {
		return err
	}
	if !f.told {
		f.failed, f.told = err, true
	}
	return nil
}

// tell returns the first failure, once.
func (f *forgiving) tell() error {
	err := f.failed
	f.failed = nil
	return err
}
