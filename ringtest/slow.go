package ringtest

import (
	"path/filepath"
	"time"

	"xlattice.org/zog/internal/disk"
)

// slowOperations are the operations that can be slow or hang in virtual time: hosts call them
// without a lock.
var slowOperations = []string{"read", "write", "sync"}

// slowRule is a fault that makes a disk slow.
type slowRule struct {
	*Fault
	only  string // the name of the files that it applies to; "" is all
	takes time.Duration
}

// Slow makes each "read", "write" or "sync" take so much longer. Heal also ends the delay of those
// that are under way.
func (d *Disk) Slow(takes time.Duration, when When) *Fault {
	d.host.ring.t.Helper()
	d.host.ring.require(when.check("slow operation", slowOperations))
	d.host.ring.positive("the time that an operation takes more", takes)
	h, ru := d.host, &slowRule{only: d.only, takes: takes}
	ru.Fault = h.ring.fault("slow disk", when, "the disk of %s takes %v", h.name, takes)
	h.slow.add(ru)
	return ru.activate(func() { h.slow.remove(ru) })
}

// slowDisk delays syncs, so that something is under way at any moment, and the operations that a
// slowRule applies to.
type slowDisk struct {
	disk.FS
	host *Host
}

type slowFile struct {
	disk.File
	disk slowDisk
	name string
}

// OpenFile implements disk.FS.
func (d slowDisk) OpenFile(name string, flag int) (disk.File, error) {
	f, err := d.FS.OpenFile(name, flag)
	if err != nil {
		return nil, err
	}
	return slowFile{f, d, filepath.Base(name)}, nil
}

// delay waits as long as the rules say.
func (f slowFile) delay(operation string) {
	for _, ru := range f.disk.host.slow.all() {
		if ru.only != "" && ru.only != f.name || !ru.fires(operation, "") {
			continue
		}
		select {
		case <-time.After(ru.takes):
		case <-ru.over:
		}
	}
}

// Sync implements disk.File.
func (f slowFile) Sync() error {
	time.Sleep(f.disk.host.ring.options.sync)
	f.delay("sync")
	return f.File.Sync()
}

// Write implements disk.File.
func (f slowFile) Write(b []byte) (int, error) {
	f.delay("write")
	return f.File.Write(b)
}

// WriteAt implements disk.File.
func (f slowFile) WriteAt(b []byte, at int64) (int, error) {
	f.delay("write")
	return f.File.WriteAt(b, at)
}

// ReadAt implements disk.File.
func (f slowFile) ReadAt(b []byte, at int64) (int, error) {
	f.delay("read")
	return f.File.ReadAt(b, at)
}
