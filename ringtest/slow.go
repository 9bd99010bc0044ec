package ringtest

import (
	"path/filepath"
	"time"

	"xlattice.org/zog/internal/disk"
)

// slowOperations are those that are done without a lock, and so may take their time.
var slowOperations = []string{"read", "write", "sync"}

// slowRule is a fault that lets a disk take its time.
type slowRule struct {
	*Fault
	only  string // the name of the files that it is for; "" is all
	takes time.Duration
}

// Slow lets each "read", "write" or "sync" take so long more. Heal ends also the
// waiting of those that are under way.
func (d *Disk) Slow(takes time.Duration, when When) *Fault {
	d.host.ring.t.Helper()
	d.host.ring.require(when.check("slow operation", slowOperations))
	d.host.ring.positive("the time that an operation takes more", takes)
	h, ru := d.host, &slowRule{only: d.only, takes: takes}
	ru.Fault = h.ring.fault("slow disk", when, "the disk of %s takes %v", h.name, takes)
	h.slow.add(ru)
	return ru.stand(func() { h.slow.remove(ru) })
}

// slowDisk takes its time to sync, so that something is under way at any moment,
// and for whatever a fault says.
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

// take takes the time that an operation takes.
func (f slowFile) take(operation string) {
	for _, ru := range f.disk.host.slow.all() {
		if ru.only != "" && ru.only != f.name || !ru.due(operation, "") {
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
	f.take("sync")
	return f.File.Sync()
}

// Write implements disk.File.
func (f slowFile) Write(b []byte) (int, error) {
	f.take("write")
	return f.File.Write(b)
}

// WriteAt implements disk.File.
func (f slowFile) WriteAt(b []byte, at int64) (int, error) {
	f.take("write")
	return f.File.WriteAt(b, at)
}

// ReadAt implements disk.File.
func (f slowFile) ReadAt(b []byte, at int64) (int, error) {
	f.take("read")
	return f.File.ReadAt(b, at)
}
