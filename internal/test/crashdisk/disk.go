// Package crashdisk is a disk in memory for tests: a disk.FS that loses what was
// not synced. kill -9 cannot show that a program syncs too little, since the page
// cache survives it; a crash of this disk does.
//
//	d := crashdisk.New("log")
//	... the code under test works on d ...
//	after := d.Crash(crashdisk.KeepSynced())
//	... and starts again on after; d is dead, with all open files
//
// A [Loss] says what a crash leaves: only what was synced, everything as after
// kill -9, or a part of what was not synced, as after a power cut. The model is
// worse than any one file system:
//
//   - The content of a file is durable once the file was synced. Of later writes a
//     crash may leave a prefix, in units of 512 bytes; or any of the units, with
//     zeros, or the older content, in place of the others.
//   - The creation, renaming or removal of a file or directory is durable once its
//     directory was synced with SyncDir; syncing the file does not help. Of later
//     ones a crash leaves a prefix: directories are assumed to be journaled.
//   - A file whose directory is gone is gone. So a new directory needs a SyncDir of
//     the one above it.
//
// [Disk.CrashAt] makes the nth change of the disk the last one, so that a test can
// try every place where a program may die. [Disk.Fail] injects errors, [Disk.Hang]
// makes operations wait, and [Disk.Limit] fills the disk up. Flip, Cut, Delete, Put,
// Link, Special and Move are what people, other programs and broken hardware do.
//
// A Disk is safe for concurrent use. It has no clock (files have no times) and
// starts no goroutine. A caller that must wait does so on a channel, so that a Disk
// made in a bubble of testing/synctest can be used there.
package crashdisk

import (
	"errors"
	"maps"
	"path/filepath"
	"slices"
	"sync"

	"xlattice.org/zog/internal/disk"
)

// ErrCrashed is the error of every operation after a crash. A program that sees it
// would be dead.
var ErrCrashed = errors.New("the machine has crashed")

// Disk is a disk in memory.
type Disk struct {
	mu    sync.Mutex
	names map[string]*inode // as programs see them, by clean path
	// durable is names as of the last SyncDir of each directory, and unsynced the
	// changes since then, in order.
	durable  map[string]*inode
	unsynced []nameChange
	orphans  map[*inode]bool // open files without a name

	limit  int64 // bytes in all files; 0 is no limit
	faults []*Fault
	hangs  []*hang

	count   int           // changes so far
	crashAt int           // the change at which it crashes; 0 is none
	last    string        // the last change that was begun
	dead    chan struct{} // closed by the crash
}

var _ disk.FS = (*Disk)(nil)

// New returns a disk with these directories, which are durable.
func New(dirs ...string) *Disk {
	d := &Disk{
		names: make(map[string]*inode), durable: make(map[string]*inode),
		orphans: make(map[*inode]bool), dead: make(chan struct{}),
	}
	for _, dir := range dirs {
		for _, path := range d.missingDirs(filepath.Clean(dir)) {
			node := &inode{dir: true, links: 1}
			d.names[path], d.durable[path] = node, node
		}
	}
	return d
}

// missingDirs returns which of a directory and those above it do not exist, the
// uppermost first.
func (d *Disk) missingDirs(dir string) []string {
	var paths []string
	for ; !isRoot(dir) && d.names[dir] == nil; dir = filepath.Dir(dir) {
		paths = append(paths, dir)
	}
	slices.Reverse(paths)
	return paths
}

// isRoot tells whether a path is always a directory: the root, or the one that
// relative names are in.
func isRoot(path string) bool { return path == filepath.Dir(path) }

// Crash crashes the machine, if that has not happened yet, and returns the disk as
// the next start finds it. Faults and hangs are over and locks are free; a limit
// stays. It may be called again, to see what else the same crash could have left.
func (d *Disk) Crash(loss Loss) *Disk {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.die()
	return d.after(loss)
}

// Copy returns a copy of the disk as it is, like Crash(KeepAll()), but without a
// crash.
func (d *Disk) Copy() *Disk {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.after(KeepAll())
}

// after returns the disk as a loss leaves it. The caller holds mu.
func (d *Disk) after(loss Loss) *Disk {
	next := New()
	next.limit = d.limit
	c := copier{loss: loss, done: make(map[*inode]*inode)}
	if loss.kind == keepAll {
		// The page cache survives, and what was not synced still is not.
		next.names = c.tree(d.names)
		next.durable = c.tree(d.durable)
		for _, r := range d.unsynced {
			r.node = c.inode(r.node)
			next.unsynced = append(next.unsynced, r)
		}
		next.countLinks()
		return next
	}
	left := make(map[string]*inode, len(d.durable))
	for path, node := range d.durable {
		left[path] = node
	}
	for _, r := range d.unsynced[:loss.upTo(len(d.unsynced))] {
		r.apply(left)
	}
	prune(left)
	next.names = c.tree(left)
	next.durable = c.tree(left)
	next.countLinks()
	return next
}

// countLinks counts the names of each file.
func (d *Disk) countLinks() {
	for _, node := range d.names {
		node.links++
	}
}

// prune removes files and directories whose directory is gone.
func prune(names map[string]*inode) {
	for path := range names {
		for dir := filepath.Dir(path); !isRoot(dir); dir = filepath.Dir(dir) {
			if above := names[dir]; above == nil || !above.dir {
				delete(names, path)
				break
			}
		}
	}
}

// die makes all later operations fail. The caller holds mu.
func (d *Disk) die() {
	select {
	case <-d.dead:
	default:
		close(d.dead)
	}
}

// Dead returns a channel that is closed when the machine has crashed.
func (d *Disk) Dead() <-chan struct{} { return d.dead }

// crashed tells whether the machine has crashed. The caller holds mu.
func (d *Disk) crashed() bool {
	select {
	case <-d.dead:
		return true
	default:
		return false
	}
}

// CrashAt makes the machine crash at the nth change from now on; the next one is the
// first. That change fails, and so does everything after it. A write is done by half
// before. CrashAt(0) cancels it.
//
// To try every point at which a program may die, a test counts n up until the program
// ends without a crash.
func (d *Disk) CrashAt(n int) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.crashAt = 0
	if n > 0 {
		d.crashAt = d.count + n
	}
}

// Changes returns how many changes were begun: operations of the kinds in [Change].
func (d *Disk) Changes() int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.count
}

// Last names the last change that was begun. After a crash by CrashAt that is the one
// it crashed at.
func (d *Disk) Last() string {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.last
}

// Limit makes the disk full when its files have this many bytes together; 0 is no
// limit. A write beyond that is done as far as there is room, and fails with ENOSPC.
func (d *Disk) Limit(bytes int64) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.limit = bytes
}

// room returns by how many bytes files can grow. The caller holds mu.
func (d *Disk) room() int64 {
	if d.limit == 0 {
		return 1 << 62
	}
	return max(0, d.limit-d.used())
}

// Used returns how many bytes all files have, including open files without a name.
func (d *Disk) Used() int64 {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.used()
}

func (d *Disk) used() (bytes int64) {
	counted := maps.Clone(d.orphans)
	for node := range d.orphans {
		bytes += int64(len(node.data))
	}
	for _, node := range d.names {
		if !counted[node] {
			counted[node] = true
			bytes += int64(len(node.data))
		}
	}
	return bytes
}

// Space implements disk.FS. [Disk.Limit] decides what is free.
func (d *Disk) Space(dir string) (disk.Space, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	path := filepath.Clean(dir)
	if v := d.begin(OpSpace, path, 0); v.err != nil {
		return disk.Space{}, failure("statfs", path, v.err)
	}
	if err := d.directory("statfs", path); err != nil {
		return disk.Space{}, err
	}
	free := d.room()
	return disk.Space{Free: free, Size: max(d.limit, free)}, nil
}
