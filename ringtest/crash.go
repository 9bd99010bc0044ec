package ringtest

import (
	"math/rand/v2"
	"path/filepath"
	"time"

	"xlattice.org/zog/internal/test/crashdisk"
)

// Crash ends the host's process as kill -9 does: its peers see their connections end, and its disk
// has all that was written, synced or not. It stays down. To crash a host at a given point, make
// an actor hang there first:
//
//	f := host.Actor("accesslog").Hang(ringtest.Nth(3, "Append"))
//	ring.Await("the third append", func() bool { return f.Fired() > 0 })
//	host.Crash()
func (h *Host) Crash() { h.crash("crash", crashdisk.KeepAll(), true) }

// PowerCut cuts the host's power: its peers receive nothing more, and its disk has what was synced
// and nothing else. It stays down.
func (h *Host) PowerCut() { h.crash("power cut", crashdisk.KeepSynced(), false) }

// PowerCutTorn is PowerCut with a disk that has also made some of the unsynced changes, chosen by
// the seed: some of the writes, in units of 512 bytes, and some of the renames.
func (h *Host) PowerCutTorn() {
	seed := uint64(h.ring.faults.chance() * (1 << 52))
	h.crash("power cut, torn", crashdisk.KeepSome(rand.New(rand.NewPCG(seed, 1))), false)
}

// crash ends the host's process, if it is up, and crashes its disk. visible says whether its peers
// see their connections end.
func (h *Host) crash(what string, loss crashdisk.Loss, visible bool) {
	h.ring.record(what, "%s of %s", what, h.name)
	p := h.detach()
	if p == nil {
		h.crashDisk(loss)
		return
	}
	p.dead.Store(true)
	p.end.Kill(visible)
	h.crashDisk(loss)
	p.finish()
	// The actors may still run, but they reach neither network nor disk.
	_ = p.host.Stop(time.Millisecond)
}

// crashDisk crashes the disk and replaces it by what is left of it.
func (h *Host) crashDisk(loss crashdisk.Loss) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.disk = h.disk.Crash(loss)
	h.applyLimit()
}

func (h *Host) currentDisk() *crashdisk.Disk {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.disk
}

// Wipe replaces the disk of the host by an empty one. The host must be down.
func (h *Host) Wipe() {
	h.ring.t.Helper()
	if h.setDisk(crashdisk.New(filepath.Dir(h.dir()))) {
		h.ring.record("wipe", "wipe of %s", h.name)
	}
}

// Backup is a copy of a host's disk.
type Backup struct {
	host *Host
	disk *crashdisk.Disk
}

// Backup copies the disk as it is now, whether the host is up or not.
func (h *Host) Backup() *Backup { return &Backup{h, h.currentDisk().Copy()} }

// Restore replaces the disk of the host by a copy that was made of it earlier. The host must be
// down.
func (h *Host) Restore(b *Backup) {
	h.ring.t.Helper()
	if b == nil || b.host != h {
		h.ring.fatal("what is put back on %s is no copy of its disk", h.name)
	}
	if h.setDisk(b.disk.Copy()) {
		h.ring.record("backup", "an old disk of %s is put back", h.name)
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
	h.applyLimit()
	return true
}
