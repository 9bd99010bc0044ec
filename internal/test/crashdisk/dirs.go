package crashdisk

import (
	"io/fs"
	"os"
	"path/filepath"
	"syscall"

	"xlattice.org/zog/internal/disk"
)

// Rename implements disk.FS. It is for files only.
func (d *Disk) Rename(from, to string) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	from, to = filepath.Clean(from), filepath.Clean(to)
	if v := d.begin(OpRename, from, 0); v.err != nil {
		return failure("rename", from, v.err)
	}
	for _, path := range []string{from, to} {
		if err := d.directory("rename", filepath.Dir(path)); err != nil {
			return err
		}
	}
	node, err := d.find("rename", from)
	if err != nil {
		return err
	}
	switch there := d.names[to]; {
	case node.dir, there != nil && there.dir:
		return failure("rename", from, syscall.EISDIR)
	case node != there:
		d.do(nameChange{from: from, to: to, node: node})
	}
	return nil
}

// Remove implements disk.FS.
func (d *Disk) Remove(name string) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	path := filepath.Clean(name)
	if v := d.begin(OpRemove, path, 0); v.err != nil {
		return failure("remove", path, v.err)
	}
	node, err := d.find("remove", path)
	if err != nil {
		return err
	}
	if node.dir && len(d.within(path)) > 0 {
		return failure("remove", path, syscall.ENOTEMPTY)
	}
	d.do(nameChange{from: path})
	return nil
}

// ReadDir implements disk.FS.
func (d *Disk) ReadDir(name string) ([]fs.DirEntry, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	path := filepath.Clean(name)
	if v := d.begin(OpReadDir, path, 0); v.err != nil {
		return nil, failure("open", path, v.err)
	}
	if err := d.directory("open", path); err != nil {
		return nil, err
	}
	var entries []fs.DirEntry
	for _, inside := range d.within(path) {
		entries = append(entries, fs.FileInfoToDirEntry(d.names[inside].info(filepath.Base(inside))))
	}
	return entries, nil
}

// Stat implements disk.FS.
func (d *Disk) Stat(name string) (fs.FileInfo, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	path := filepath.Clean(name)
	if v := d.begin(OpStat, path, 0); v.err != nil {
		return nil, failure("stat", path, v.err)
	}
	if isRoot(path) {
		return (&inode{dir: true, links: 1}).info(path), nil
	}
	node, err := d.find("stat", path)
	if err != nil {
		return nil, err
	}
	return node.info(filepath.Base(path)), nil
}

// MkdirAll implements disk.FS.
func (d *Disk) MkdirAll(name string) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	path := filepath.Clean(name)
	lacking := d.missingDirs(path)
	if len(lacking) == 0 {
		return d.directory("mkdir", path)
	}
	if err := d.directory("mkdir", filepath.Dir(lacking[0])); err != nil {
		return err
	}
	for _, dir := range lacking {
		if v := d.begin(OpMkdir, dir, 0); v.err != nil {
			return failure("mkdir", dir, v.err)
		}
		if d.names[dir] == nil { // nobody has made it while this call hung
			d.create(dir, &inode{dir: true})
		}
	}
	return nil
}

// SameFile implements disk.FS.
func (d *Disk) SameFile(a, b fs.FileInfo) bool {
	one, ok := a.(info)
	other, too := b.(info)
	return ok && too && one.node == other.node
}

// Unlinked implements disk.FS.
func (d *Disk) Unlinked(i fs.FileInfo) bool {
	mine, ok := i.(info)
	return ok && mine.unlinked
}

// SyncDir implements disk.FS.
func (d *Disk) SyncDir(name string) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	path := filepath.Clean(name)
	if v := d.begin(OpSyncDir, path, 0); v.err != nil {
		return failure("sync", path, v.err)
	}
	if err := d.directory("open", path); err != nil {
		return err
	}
	d.commit(path)
	return nil
}

// Lock implements disk.FS. Like flock it creates the file, and the lock belongs to
// the file and not to its name.
func (d *Disk) Lock(name string) (disk.Lock, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	path := filepath.Clean(name)
	if v := d.begin(OpLock, path, 0); v.err != nil {
		return nil, failure("lock", path, v.err)
	}
	node, err := d.open(path, os.O_CREATE|os.O_RDONLY)
	if err != nil {
		return nil, err
	}
	if node.locked {
		return nil, disk.ErrLocked
	}
	node.locked = true
	return &lock{disk: d, node: node, name: filepath.Base(path)}, nil
}

// lock is a lock that is held.
type lock struct {
	disk *Disk
	node *inode
	name string
	free bool
}

// Stat implements disk.Lock.
func (l *lock) Stat() (fs.FileInfo, error) {
	l.disk.mu.Lock()
	defer l.disk.mu.Unlock()
	if l.disk.crashed() {
		return nil, ErrCrashed
	}
	return l.node.info(l.name), nil
}

// Close releases the lock. A second call does nothing.
func (l *lock) Close() error {
	l.disk.mu.Lock()
	defer l.disk.mu.Unlock()
	if l.disk.crashed() {
		return ErrCrashed
	}
	if !l.free {
		l.node.locked = false
	}
	l.free = true
	return nil
}
