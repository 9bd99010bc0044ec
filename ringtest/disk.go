package ringtest

import (
	"fmt"
	"io/fs"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing/fstest"

	"xlattice.org/zog/internal/test/crashdisk"
)

// Disk is the disk of a host. A crash, a wipe and a restored copy replace the disk, and so end its
// faults, except Fill and Slow, which last until they are healed.
type Disk struct {
	host *Host
	only string // the name of the files that faults apply to; "" is all
}

// Disk returns the host's disk.
func (h *Host) Disk() *Disk { return &Disk{host: h} }

// Only returns the disk for faults that apply to the files with one name, such as access.log: Fail,
// ShortWrite, FailSync, Lie and Slow.
func (d *Disk) Only(file string) *Disk {
	d.host.ring.t.Helper()
	if file != filepath.Base(file) || file == "." {
		d.host.ring.fatal("%q is no name of a file; one is access.log", file)
	}
	return &Disk{d.host, file}
}

// operations are the operations that When.Of can name.
var operations = map[string]crashdisk.Op{
	"": crashdisk.Any, "change": crashdisk.Change, "open": crashdisk.OpOpen, "create": crashdisk.OpCreate, "read": crashdisk.OpRead,
	"write": crashdisk.OpWrite, "sync": crashdisk.OpSync, "truncate": crashdisk.OpTruncate,
	"rename": crashdisk.OpRename, "remove": crashdisk.OpRemove, "syncdir": crashdisk.OpSyncDir,
}

// operationNames returns the names of the operations, without "", which is any.
func operationNames() []string { return slices.Sorted(maps.Keys(operations))[1:] }

// requireWhole ends the test if the disk is one of Only.
func (d *Disk) requireWhole(what string) {
	d.host.ring.t.Helper()
	if d.only != "" {
		d.host.ring.fatal("%s is for the whole disk, not for %s alone", what, d.only)
	}
}

// fault injects a fault into operations.
func (d *Disk) fault(kind string, when When, cf crashdisk.Fault) *Fault {
	d.host.ring.t.Helper()
	d.host.ring.require(when.check("disk operation", operationNames()))
	cf.Op, cf.Name = operations[when.Of], d.only
	f := d.host.ring.fault(kind, when, "%s of %s", kind, d.host.name)
	cf.When = func() bool { return f.fires(when.Of, "") }
	return f.activate(d.host.currentDisk().Fail(cf))
}

// Fail makes operations fail with an error; nil is EIO.
func (d *Disk) Fail(err error, when When) *Fault {
	d.host.ring.t.Helper()
	return d.fault("disk error", when, crashdisk.Fault{Err: err})
}

// ShortWrite makes a write fail with ENOSPC after so many bytes. When.Of must be "write" or "".
func (d *Disk) ShortWrite(bytes int, when When) *Fault {
	d.host.ring.t.Helper()
	atLeast(d.host.ring, "the number of bytes", bytes, 0)
	d.host.ring.requireOf(when, "write")
	when.Of = "write"
	return d.fault("short write", when, crashdisk.Fault{Err: syscall.ENOSPC, Done: bytes})
}

// FailSync makes a sync fail and lose the data, though programs still read it and the next sync
// succeeds, as on Linux. When.Of must be "sync" or "".
func (d *Disk) FailSync(when When) *Fault {
	d.host.ring.t.Helper()
	d.host.ring.requireOf(when, "sync")
	when.Of = "sync"
	return d.fault("failed sync", when, crashdisk.Fault{Lose: true})
}

// Lie makes a sync succeed without making anything durable. When.Of must be "sync" or "".
func (d *Disk) Lie(when When) *Fault {
	d.host.ring.t.Helper()
	d.host.ring.requireOf(when, "sync")
	when.Of = "sync"
	return d.fault("lie about a sync", when, crashdisk.Fault{Pretend: true})
}

// Hang makes operations block until the fault is healed. In virtual time only "read", "write" and
// "sync" can hang: hosts call the others under a lock, and virtual time stands still while a
// goroutine waits for a lock.
func (d *Disk) Hang(operation string) *Fault {
	d.host.ring.t.Helper()
	d.requireWhole("Hang")
	d.host.ring.require(known("disk operation", operation, operationNames()))
	if virtual() && !slices.Contains(slowOperations, operation) {
		d.host.ring.fatal("%q cannot hang in virtual time; these can: %s", operation, strings.Join(slowOperations, ", "))
	}
	return d.host.ring.impose("disk hang", d.host.currentDisk().Hang(operations[operation]), "each %s of %s hangs", operation, d.host.name)
}

// Fill leaves so many bytes free on the disk. Writes beyond that fail with ENOSPC.
func (d *Disk) Fill(left int64) *Fault {
	d.host.ring.t.Helper()
	d.requireWhole("Fill")
	atLeast(d.host.ring, "the number of bytes that are left", left, 0)
	h := d.host
	h.mu.Lock()
	limit := max(1, h.disk.Used()+left)
	h.limits = append(h.limits, &limit)
	h.applyLimit()
	h.mu.Unlock()
	return h.ring.impose("full disk", func() {
		h.mu.Lock()
		defer h.mu.Unlock()
		h.limits = slices.DeleteFunc(h.limits, func(other *int64) bool { return other == &limit })
		h.applyLimit()
	}, "the disk of %s has %d bytes left", h.name, left)
}

// applyLimit limits the disk to the smallest limit of all Fill faults. The caller holds mu.
func (h *Host) applyLimit() {
	least := int64(0)
	for _, limit := range h.limits {
		if least == 0 || *limit < least {
			least = *limit
		}
	}
	h.disk.Limit(least)
}

// change changes a file as another program would, and records that unless it fails.
func (d *Disk) change(kind, what, file string, do func(disk *crashdisk.Disk, path string) error) error {
	d.host.ring.t.Helper()
	d.requireWhole("a " + kind)
	err := do(d.host.currentDisk(), filepath.Join(d.host.dir(), file))
	if err == nil {
		d.host.ring.record(kind, "%s of %s %s", file, d.host.name, what)
	}
	return err
}

// Flip inverts the bits that are set in mask in a byte of a file in the log directory, as a
// failing disk does.
func (d *Disk) Flip(file string, at int64, mask byte) error {
	d.host.ring.t.Helper()
	if mask == 0 {
		d.host.ring.fatal("a mask of 0 inverts no bit")
	}
	return d.change("bit flip", fmt.Sprintf("has a flipped bit in byte %d", at), file, func(disk *crashdisk.Disk, path string) error {
		return disk.Flip(path, at, mask)
	})
}

// Cut truncates a file in the log directory, as another program does.
func (d *Disk) Cut(file string, size int64) error {
	d.host.ring.t.Helper()
	atLeast(d.host.ring, "the size of a file", size, 0)
	return d.change("truncation", fmt.Sprintf("is cut to %d bytes", size), file, func(disk *crashdisk.Disk, path string) error {
		return disk.Cut(path, size)
	})
}

// Delete removes a file in the log directory, as another program does.
func (d *Disk) Delete(file string) error {
	d.host.ring.t.Helper()
	return d.change("deletion", "is deleted", file, (*crashdisk.Disk).Delete)
}

// Put writes a file into the log directory, as another program does. It replaces a file of that
// name.
func (d *Disk) Put(file, content string) error {
	d.host.ring.t.Helper()
	return d.change("foreign file", "is put there by others", file, func(disk *crashdisk.Disk, path string) error {
		if err := disk.MkdirAll(filepath.Dir(path)); err != nil {
			return err
		}
		return disk.Put(path, []byte(content))
	})
}

// Rename renames a file in the log directory, as logrotate does.
func (d *Disk) Rename(from, to string) error {
	d.host.ring.t.Helper()
	return d.change("renaming", "is renamed "+to, from, func(disk *crashdisk.Disk, path string) error {
		return disk.Rename(path, filepath.Join(filepath.Dir(path), to))
	})
}

// Link makes a hard link to a file in the log directory there, as backup programs do.
func (d *Disk) Link(file, more string) error {
	return d.change("link", "has the name "+more+" too", file, func(disk *crashdisk.Disk, path string) error {
		return disk.Link(path, filepath.Join(filepath.Dir(path), more))
	})
}

// Move renames the log directory within its parent. Nothing may have the new name.
func (d *Disk) Move(to string) error {
	return d.change("move", "is moved to "+to, "", func(disk *crashdisk.Disk, path string) error {
		return disk.Move(path, filepath.Join(filepath.Dir(path), to))
	})
}

// DieAt makes the disk stop in the middle of its nth change from now, as in a power cut. It must be
// followed by Host.PowerCut.
func (d *Disk) DieAt(n int) {
	d.host.ring.t.Helper()
	d.requireWhole("DieAt")
	atLeast(d.host.ring, "the number of the change, of which the next is 1,", n, 1)
	d.host.ring.record("dying disk", "the disk of %s dies at its change %d", d.host.name, n)
	d.host.currentDisk().CrashAt(n)
}

// files is the log directory of a host as an fs.FS. It reads the disk that the host has at that
// time, and meets no faults.
type files struct{ host *Host }

// Open implements fs.FS.
func (f files) Open(name string) (fs.File, error) {
	all, disk, dir := fstest.MapFS{}, f.host.currentDisk(), f.host.dir()
	for _, path := range disk.Names(dir) {
		if content, err := disk.Contents(path); err == nil {
			all[filepath.Base(path)] = &fstest.MapFile{Data: content}
		}
	}
	file, err := all.Open(name)
	if err != nil {
		return nil, fmt.Errorf("in %s: %w", dir, err)
	}
	return file, nil
}
