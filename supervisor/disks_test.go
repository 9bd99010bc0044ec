package supervisor_test

import (
	"io/fs"
	"path"
	"testing/fstest"
	"time"

	"xlattice.org/zog/internal/crashdisk"
)

// crashDisks gives each host a disk in memory that can crash, fill up and fail.
func (r *memoryRing) crashDisks() {
	r.ring.Log.Dir = "log/{name}"
	for range r.hosts {
		r.disks = append(r.disks, crashdisk.New("log"))
	}
}

// diskFS is a directory of a crashdisk as the checker reads it.
type diskFS struct {
	disk *crashdisk.Disk
	dir  string
}

// Open implements fs.FS.
func (d diskFS) Open(name string) (fs.File, error) {
	files := fstest.MapFS{}
	entries, err := d.disk.ReadDir(d.dir)
	if err != nil {
		return nil, err
	}
	for _, e := range entries {
		if content, err := d.disk.Contents(path.Join(d.dir, e.Name())); err == nil {
			files[e.Name()] = &fstest.MapFile{Data: content}
		}
	}
	return files.Open(name)
}

// isolate cuts host i off from all others.
func (r *memoryRing) isolate(i int) {
	for peer := range r.hosts {
		if peer != i {
			r.net.Cut(r.address(i), r.address(peer))
		}
	}
}

// rejoin ends what isolate began.
func (r *memoryRing) rejoin(i int) {
	for peer := range r.hosts {
		if peer != i {
			r.net.Heal(r.address(i), r.address(peer))
		}
	}
}

// powerCut takes the power from host i, and leaves it off: its peers hear
// nothing more of it, and its disk is what the loss leaves.
func (r *memoryRing) powerCut(i int, loss crashdisk.Loss) {
	r.isolate(i)
	r.hangUp(i)
	after := r.disks[i].Crash(loss)
	// The last words of a host without a disk: nobody hears them.
	_ = r.hosts[i].Stop(time.Millisecond)
	r.hosts[i], r.disks[i] = nil, after
}

// powerOn starts host i again.
func (r *memoryRing) powerOn(i int) {
	r.t.Helper()
	r.rejoin(i)
	r.start(i)
}

// path is a file in the log directory of host i.
func (r *memoryRing) path(i int, name string) string {
	return path.Join(r.ring.LogDir(r.ring.Hosts[i].Name), name)
}
