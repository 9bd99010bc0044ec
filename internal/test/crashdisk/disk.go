// Package crashdisk is a disk in memory for tests, a disk.FS that forgets what
// was not synced. kill -9 cannot show that a program syncs too little, since
// the page cache survives it; a crash of this disk does.
//
//	d := crashdisk.New("log")
//	... the code under test works on d ...
//	after := d.Crash(crashdisk.KeepSynced())
//	... and starts again on after; d is dead, with all that is open on it
//
// What a crash leaves is for a [Loss] to say: only what was synced, all of it as
// after kill -9, or some of what was not, as a power cut does. The model is
// meaner than any one file system is:
//
//   - The content of a file is durable once the file was synced. Of what was
//     written since, a beginning may be there, in units of 512 bytes; or any of
//     the units, with zeros, or what stood there before, in the place of others.
//   - That a file or directory was created, renamed or removed is durable once
//     its directory was synced with SyncDir; syncing the file itself does not
//     help. Of what was done since, a beginning is there: directories are
//     taken to be journaled.
//   - Files with nothing above them are gone. So a new directory needs a SyncDir
//     of the one it is in.
//
// [Disk.CrashAt] lets the nth change of the disk be the last, so that a test can
// go through all the places where a program may die. [Disk.Fail] injects
// errors, [Disk.Hang] lets operations wait, [Disk.Limit] fills the disk up, and
// Flip, Cut, Delete, Put, Link, Special and Move are what befalls files from outside.
//
// A Disk is safe for concurrent use. It has no clock (files bear no time) and
// starts no goroutine. Where it makes a caller wait, that is on a channel: so
// it can be used in a bubble of testing/synctest, if it was made there.
package crashdisk

import (
	"errors"
	"maps"
	"path/filepath"
	"slices"
	"sync"

	"xlattice.org/zog/internal/disk"
)

// ErrCrashed is what everything fails with after a crash. Whoever sees it would
// be dead.
var ErrCrashed = errors.New("the machine has crashed")

// Disk is a disk in memory.
type Disk struct {
	mu    sync.Mutex
	names map[string]*inode // as programs see them, by clean path
	// durable is names as the last SyncDir of each directory left it, and
	// unsynced what is to be done to it since, in order.
	durable  map[string]*inode
	unsynced []nameChange
	orphans  map[*inode]bool // open, and without a name

	limit  int64 // of the bytes in all files; 0 is none
	faults []*Fault
	hangs  []*hang

	count   int           // changes so far
	crashAt int           // the change that is the last; 0 is none
	last    string        // the change before which, or at which, it stands
	dead    chan struct{} // closed by the crash
}

var _ disk.FS = (*Disk)(nil)

// New returns a disk with some directories, which are durable.
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

// lacking returns those of a directory and the ones above it that are not
// there, the uppermost first.
func (d *Disk) missingDirs(dir string) []string {
	var paths []string
	for ; !isRoot(dir) && d.names[dir] == nil; dir = filepath.Dir(dir) {
		paths = append(paths, dir)
	}
	slices.Reverse(paths)
	return paths
}

// isRoot tells whether a path is always a directory: the one of all others, or
// the one that relative names are in.
func isRoot(path string) bool { return path == filepath.Dir(path) }

// Crash lets the machine crash, if it has not, and returns the disk as the next
// start finds it. Faults and hangs are over, locks are free; a limit stays. It
// may be called again, to see what else the same crash could have left.
func (d *Disk) Crash(loss Loss) *Disk {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.die()
	return d.after(loss)
}

// Copy returns a copy of the disk as it is, as Crash(KeepAll()) would, and leaves
// the disk alone.
func (d *Disk) Copy() *Disk {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.after(KeepAll())
}

// after is the disk as a loss leaves it. The caller holds mu.
func (d *Disk) after(loss Loss) *Disk {
	next := New()
	next.limit = d.limit
	c := copier{loss: loss, done: make(map[*inode]*inode)}
	if loss.kind == keepAll {
		// The page cache is as it was, and what is not synced still is not.
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

// prune removes what is in no directory.
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

// die ends the life of this disk. The caller holds mu.
func (d *Disk) die() {
	select {
	case <-d.dead:
	default:
		close(d.dead)
	}
}

// Dead returns a channel that is closed when the machine has crashed.
func (d *Disk) Dead() <-chan struct{} { return d.dead }

// crashed tells whether it has. The caller holds mu.
func (d *Disk) crashed() bool {
	select {
	case <-d.dead:
		return true
	default:
		return false
	}
}

// CrashAt lets the nth change from now on, the next being the first, be one
// that the machine does not survive: it fails, and so does all that follows.
// A write is done by half before. CrashAt(0) takes it back.
//
// All points at which a program may die are tried by counting up until the
// program ends without a crash.
func (d *Disk) CrashAt(n int) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.crashAt = 0
	if n > 0 {
		d.crashAt = d.count + n
	}
}

// Changes is how many changes were begun so far: operations of the kinds in
// [Change].
func (d *Disk) Changes() int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.count
}

// Last names the last change that was begun, which after a crash by CrashAt is
// the one it crashed at.
func (d *Disk) Last() string {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.last
}

// Limit makes the disk full when its files have so many bytes in all. 0 is no
// limit. A write that goes over it is done as far as there is room, and fails
// with ENOSPC.
func (d *Disk) Limit(bytes int64) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.limit = bytes
}

// room is how many more bytes a file can grow by. The caller holds mu.
func (d *Disk) room() int64 {
	if d.limit == 0 {
		return 1 << 62
	}
	return max(0, d.limit-d.used())
}

// Used is how many bytes the files have in all, those included that have no name
// any more but are open.
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

// Space implements disk.FS: what is free is what [Disk.Limit] leaves.
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
