package crashdisk

import (
	"io/fs"
	"slices"
	"time"
)

// inode is a file or directory, whatever its names.
type inode struct {
	data    []byte   // as programs read it
	synced  []byte   // as the last sync left it
	changes []change // since the last sync, in order
	dir     bool
	kind    fs.FileMode // set if it is neither a directory nor a regular file
	links   int         // how many names it has
	opens   int
	locked  bool
}

// change is a change of the content of a file.
type change struct {
	truncate bool
	at       int64  // the offset of a write, or the new size
	data     []byte // what was written
}

// end returns the offset behind the change.
func (c *change) end() int64 { return c.at + int64(len(c.data)) }

// apply returns content with the change done.
func (c *change) apply(content []byte) []byte {
	if c.truncate {
		return resize(content, c.at)
	}
	content = resize(content, max(int64(len(content)), c.end()))
	copy(content[c.at:], c.data)
	return content
}

// resize cuts content, or appends zeros.
func resize(content []byte, size int64) []byte {
	if size <= int64(len(content)) {
		return content[:size]
	}
	return append(content, make([]byte, size-int64(len(content)))...)
}

// do does a change, as programs see it.
func (n *inode) do(c change) {
	n.data = c.apply(n.data)
	n.changes = append(n.changes, c)
}

// sync makes the content durable, except for what was lost before.
func (n *inode) sync() {
	for i := range n.changes {
		n.synced = n.changes[i].apply(n.synced)
	}
	n.changes = nil
}

// lose makes the content count as synced without making it durable, as Linux does
// with pages that it could not write. Programs still read it, and the next sync
// succeeds; only a crash shows the loss.
func (n *inode) lose() { n.changes = nil }

// info implements fs.FileInfo.
type info struct {
	name     string
	size     int64
	node     *inode
	unlinked bool
}

func (n *inode) info(name string) info {
	return info{name: name, size: int64(len(n.data)), node: n, unlinked: n.links == 0}
}

func (i info) Name() string           { return i.name }
func (i info) Size() int64            { return i.size }
func (i info) ModTime() (t time.Time) { return t } // there is no clock
func (i info) IsDir() bool            { return i.node.dir }
func (i info) Sys() any               { return i.node }

func (i info) Mode() fs.FileMode { return i.node.mode() }

func (n *inode) regular() bool { return n.mode().IsRegular() }

func (n *inode) mode() fs.FileMode {
	if n.dir {
		return fs.ModeDir | 0o750
	}
	return n.kind | 0o640
}

// copier copies inodes to the disk after a crash.
type copier struct {
	loss Loss
	done map[*inode]*inode
}

func (c *copier) tree(names map[string]*inode) map[string]*inode {
	copied := make(map[string]*inode, len(names))
	// In the order of the paths, so that only the Loss is random.
	for _, path := range sortedPaths(names) {
		copied[path] = c.inode(names[path])
	}
	return copied
}

func (c *copier) inode(n *inode) *inode {
	if n == nil || c.done[n] != nil {
		return c.done[n]
	}
	next := &inode{dir: n.dir, kind: n.kind}
	c.done[n] = next
	if c.loss.kind == keepAll {
		next.data, next.synced = slices.Clone(n.data), slices.Clone(n.synced)
		for _, ch := range n.changes {
			ch.data = slices.Clone(ch.data)
			next.changes = append(next.changes, ch)
		}
		return next
	}
	next.synced = c.loss.content(n)
	next.data = slices.Clone(next.synced)
	return next
}
