package ringtest

import (
	"math/rand/v2"
	"path/filepath"
	"time"

	"xlattice.org/zog/internal/test/crashdisk"
)

// Crash ends the host's process, as kill -9 does: its peers see their connections
// end, and its disk has all that was written, synced or not. It stays down. To crash it
// at a point, let an actor hang there first:
//
//	f := host.Actor("accesslog").Hang(ringtest.Nth(3, "Append"))
//	ring.Await("the third append", func() bool { return f.Fired() > 0 })
//	host.Crash()
func (h *Host) Crash() { h.crash("crash", crashdisk.KeepAll(), true) }

// PowerCut takes the host's power: its peers hear nothing more of it, and its disk
// has what was synced, and nothing else. It stays down.
func (h *Host) PowerCut() { h.crash("power cut", crashdisk.KeepSynced(), false) }

// PowerCutTorn is PowerCut with a disk that has done some of what was not synced,
// by chance: some of the writes, in units of 512 bytes, and some of the renames.
func (h *Host) PowerCutTorn() {
	seed := uint64(h.ring.faults.chance() * (1 << 52))
	h.crash("power cut, torn", crashdisk.KeepSome(rand.New(rand.NewPCG(seed, 1))), false)
}

// crash ends the life of the host, if it has one, and does to its disk what comes
// with that.
func (h *Host) crash(what string, loss crashdisk.Loss, heard bool) {
	h.ring.note(what, "%s of %s", what, h.name)
	l := h.take()
	if l == nil {
		h.crashDisk(loss)
		return
	}
	l.dead.Store(true)
	l.end.Kill(heard)
	h.crashDisk(loss)
	l.bury()
	// What its actors still do nobody sees, and no disk keeps.
	_ = l.host.Stop(time.Millisecond)
}

// crashDisk lets the disk crash, and puts what is left of it in its place.
func (h *Host) crashDisk(loss crashdisk.Loss) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.disk = h.disk.Crash(loss)
	h.limit()
}

func (h *Host) currentDisk() *crashdisk.Disk {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.disk
}

// Wipe gives the host, which must be down, an empty disk.
func (h *Host) Wipe() {
	h.ring.t.Helper()
	if h.setDisk(crashdisk.New(filepath.Dir(h.dir()))) {
		h.ring.note("wipe", "wipe of %s", h.name)
	}
}

// Backup is a copy of a host's disk.
type Backup struct {
	host *Host
	disk *crashdisk.Disk
}

// Backup copies the disk as it is at this moment, whether the host is up or not.
func (h *Host) Backup() *Backup { return &Backup{h, h.currentDisk().Copy()} }

// Restore puts a copy of the host's disk into its place; the host must be down.
func (h *Host) Restore(b *Backup) {
	h.ring.t.Helper()
	if b == nil || b.host != h {
		h.ring.fatal("what is put back on %s is no copy of its disk", h.name)
	}
	if h.setDisk(b.disk.Copy()) {
		h.ring.note("backup", "an old disk of %s is put back", h.name)
	}
}

func (h *Host) setDisk(d *crashdisk.Disk) bool {
	h.ring.t.Helper()
	if h.Up() {
		h.ring.t.Errorf("ringtest: %s is up: its disk cannot be replaced", h.name)
		return false
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	h.disk = d
	h.limit()
	return true
}
