package crashdisk

import (
	"io/fs"
	"maps"
	"path/filepath"
	"slices"
	"syscall"
)

// nameChange is a change of names: one was removed, one was added, or both.
type nameChange struct {
	from, to string // either may be empty
	node     *inode // of to
}

func (r *nameChange) apply(names map[string]*inode) {
	if r.from != "" {
		delete(names, r.from)
	}
	if r.to != "" {
		names[r.to] = r.node
	}
}

// dirs returns the directories that change.
func (r *nameChange) dirs() (dirs []string) {
	for _, path := range []string{r.from, r.to} {
		if path != "" {
			dirs = append(dirs, filepath.Dir(path))
		}
	}
	return dirs
}

// do does a change of names, as programs see it.
func (d *Disk) do(r nameChange) {
	if there := d.names[r.to]; there != nil {
		d.unlink(there)
	}
	if gone := d.names[r.from]; gone != nil && gone != r.node {
		d.unlink(gone)
	}
	r.apply(d.names)
	d.unsynced = append(d.unsynced, r)
}

// unlink counts a name of a file less.
func (d *Disk) unlink(node *inode) {
	if node.links--; node.links == 0 && node.opens > 0 {
		d.orphans[node] = true
	}
}

func sortedPaths(names map[string]*inode) []string { return slices.Sorted(maps.Keys(names)) }

// find returns the inode with a name. The caller holds mu, here and below.
func (d *Disk) find(op, path string) (*inode, error) {
	if node := d.names[path]; node != nil {
		return node, nil
	}
	for dir := filepath.Dir(path); !isRoot(dir); dir = filepath.Dir(dir) {
		if node := d.names[dir]; node != nil && !node.dir {
			return nil, failure(op, path, syscall.ENOTDIR)
		}
	}
	return nil, failure(op, path, syscall.ENOENT)
}

// directory returns an error unless path is a directory.
func (d *Disk) directory(op, path string) error {
	if isRoot(path) {
		return nil
	}
	node, err := d.find(op, path)
	if err == nil && !node.dir {
		err = failure(op, path, syscall.ENOTDIR)
	}
	return err
}

func failure(op, path string, err error) error { return &fs.PathError{Op: op, Path: path, Err: err} }

// create adds a file or directory.
func (d *Disk) create(path string, node *inode) {
	node.links = 1
	d.do(nameChange{to: path, node: node})
}

// commit makes the changes of names in a directory durable, and before that those in
// directories that the same renames concern: a file that was moved between two
// directories must not come back in the first.
func (d *Disk) commit(dir string) {
	dirs := map[string]bool{dir: true}
	due := make([]bool, len(d.unsynced))
	for i, r := range slices.Backward(d.unsynced) {
		if slices.ContainsFunc(r.dirs(), func(dir string) bool { return dirs[dir] }) {
			due[i] = true
			for _, dir := range r.dirs() {
				dirs[dir] = true
			}
		}
	}
	var rest []nameChange
	for i, r := range d.unsynced {
		if due[i] {
			r.apply(d.durable)
		} else {
			rest = append(rest, r)
		}
	}
	d.unsynced = rest
}

// within returns the paths in a directory, sorted.
func (d *Disk) within(dir string) (paths []string) {
	for _, path := range sortedPaths(d.names) {
		if filepath.Dir(path) == dir {
			paths = append(paths, path)
		}
	}
	return paths
}
