package crashdisk

import (
	"fmt"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
)

// The operations below are done to files from outside: by people, by other programs,
// by the hardware. They are not counted as changes, meet no fault, work after a crash
// too, and are durable at once. So are earlier changes of the content of a file that
// is cut, and of the names in a directory where one is deleted or put.

// Flip inverts the bits in mask of the byte at an offset.
func (d *Disk) Flip(name string, at int64, mask byte) error {
	return d.onFile(name, func(node *inode) error {
		if at < 0 || at >= int64(len(node.data)) {
			return fmt.Errorf("the file has no byte %d", at)
		}
		node.data[at] ^= mask
		if at < int64(len(node.synced)) {
			node.synced[at] ^= mask
		}
		for _, c := range node.changes {
			if !c.truncate && c.at <= at && at < c.end() {
				c.data[at-c.at] ^= mask
			}
		}
		return nil
	})
}

// Cut truncates a file. What is left of it is durable.
func (d *Disk) Cut(name string, size int64) error {
	return d.onFile(name, func(node *inode) error {
		node.data = resize(node.data, size)
		node.synced, node.changes = slices.Clone(node.data), nil
		return nil
	})
}

// Delete removes the name of a file. Open files stay open.
func (d *Disk) Delete(name string) error {
	return d.onFile(name, func(node *inode) error {
		path := filepath.Clean(name)
		d.commit(filepath.Dir(path))
		d.unlink(node)
		delete(d.names, path)
		delete(d.durable, path)
		return nil
	})
}

// Put creates a file, or replaces the one of this name. Its directory must exist.
func (d *Disk) Put(name string, content []byte) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	path := filepath.Clean(name)
	if err := d.directory("put", filepath.Dir(path)); err != nil {
		return err
	}
	if there := d.names[path]; there != nil {
		d.unlink(there)
	}
	d.commit(filepath.Dir(path))
	node := &inode{data: slices.Clone(content), synced: slices.Clone(content), links: 1}
	d.names[path], d.durable[path] = node, node
	return nil
}

// Link gives a file one more name, as backup programs do.
func (d *Disk) Link(name, more string) error {
	return d.onFile(name, func(node *inode) error {
		path := filepath.Clean(more)
		if d.names[path] != nil {
			return failure("link", path, syscall.EEXIST)
		}
		if err := d.directory("link", filepath.Dir(path)); err != nil {
			return err
		}
		d.commit(filepath.Dir(filepath.Clean(name)))
		d.commit(filepath.Dir(path))
		node.links++
		d.names[path], d.durable[path] = node, node
		return nil
	})
}

// Special creates something that is no regular file, such as a named pipe or a
// symbolic link, or replaces what has this name.
func (d *Disk) Special(name string, kind fs.FileMode) error {
	err := d.Put(name, nil)
	if err == nil {
		err = d.onFile(name, func(node *inode) error {
			node.kind = kind
			return nil
		})
	}
	return err
}

// Move renames a directory with its content. The new name must be free.
func (d *Disk) Move(dir, to string) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	dir, to = filepath.Clean(dir), filepath.Clean(to)
	if err := d.directory("move", dir); err != nil {
		return err
	}
	if d.names[to] != nil {
		return failure("move", to, syscall.EEXIST)
	}
	for _, r := range d.unsynced {
		r.apply(d.durable)
	}
	d.unsynced = nil
	for _, names := range []map[string]*inode{d.names, d.durable} {
		for _, path := range sortedPaths(names) {
			if rest, inside := strings.CutPrefix(path+"/", dir+"/"); inside {
				names[filepath.Join(to, rest)] = names[path]
				delete(names, path)
			}
		}
	}
	return nil
}

// Contents returns the content of a file as programs read it.
func (d *Disk) Contents(name string) (content []byte, err error) {
	err = d.onFile(name, func(node *inode) error {
		content = slices.Clone(node.data)
		return nil
	})
	return content, err
}

// Names returns the paths of the files in a directory, sorted.
func (d *Disk) Names(dir string) (paths []string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, path := range d.within(filepath.Clean(dir)) {
		if !d.names[path].dir {
			paths = append(paths, path)
		}
	}
	return paths
}

// Size returns the size of a file in bytes as programs see it; 0 if there is none.
func (d *Disk) Size(name string) (bytes int64) {
	_ = d.onFile(name, func(node *inode) error { // no file: size 0
		bytes = int64(len(node.data))
		return nil
	})
	return bytes
}

// onFile calls do with a file.
func (d *Disk) onFile(name string, do func(*inode) error) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	path := filepath.Clean(name)
	node, err := d.find("open", path)
	if err == nil && node.dir {
		err = failure("open", path, syscall.EISDIR)
	}
	if err != nil {
		return err
	}
	return do(node)
}
