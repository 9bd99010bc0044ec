package journal

import "xlattice.org/zog/internal/disk"

// tolerantFS is a file system that works without directory syncs where the real one
// does not support them. Only the writer uses it.
type tolerantFS struct {
	disk.FS
	err      error // the first failure, until takeErr returns it
	reported bool
}

// SyncDir implements disk.FS.
func (f *tolerantFS) SyncDir(name string) error {
	err := f.FS.SyncDir(name)
	if !disk.NoDirSync(err) {
		return err
	}
	if !f.reported {
		f.err, f.reported = err, true
	}
	return nil
}

// takeErr returns the first failure, once.
func (f *tolerantFS) takeErr() error {
	err := f.err
	f.err = nil
	return err
}
