package crashdisk

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"syscall"

	"xlattice.org/zog/internal/disk"
)

// OpenFile implements disk.FS.
func (d *Disk) OpenFile(name string, flag int) (disk.File, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	path := filepath.Clean(name)
	if v := d.begin(OpOpen, path, 0); v.err != nil {
		return nil, failure("open", path, v.err)
	}
	node, err := d.open(path, flag)
	if err != nil {
		return nil, err
	}
	node.opens++
	return &file{disk: d, node: node, path: path, flag: flag}, nil
}

// open finds or creates a file, by the flags of os.OpenFile. The caller holds mu.
func (d *Disk) open(path string, flag int) (*inode, error) {
	if err := d.directory("open", filepath.Dir(path)); err != nil {
		return nil, err
	}
	node := d.names[path]
	switch {
	case node == nil && flag&os.O_CREATE == 0:
		return nil, failure("open", path, syscall.ENOENT)
	case node == nil:
		if v := d.begin(OpCreate, path, 0); v.err != nil {
			return nil, failure("open", path, v.err)
		}
		if node = d.names[path]; node == nil { // nobody has made it while this call hung
			node = &inode{}
			d.create(path, node)
		}
	case flag&os.O_CREATE != 0 && flag&os.O_EXCL != 0:
		return nil, failure("open", path, syscall.EEXIST)
	case !node.regular():
		return nil, disk.NotRegular(path, node.mode())
	case flag&os.O_TRUNC != 0 && len(node.data) > 0:
		if v := d.begin(OpTruncate, path, 0); v.err != nil {
			return nil, failure("open", path, v.err)
		}
		node.do(change{truncate: true})
	}
	return node, nil
}

// file is an open file.
type file struct {
	disk   *Disk
	node   *inode
	path   string
	flag   int
	offset int64
	closed bool
}

// access is the part of the flags that says what a file was opened for.
const access = os.O_RDONLY | os.O_WRONLY | os.O_RDWR

// begin begins an operation on the file. The caller holds mu.
func (f *file) begin(op Op, size int) outcome {
	if f.closed {
		return outcome{err: fs.ErrClosed}
	}
	v := f.disk.begin(op, f.path, size)
	switch mode := f.flag & access; {
	case v.err != nil:
	case f.closed: // while it hung
		v.err = fs.ErrClosed
	case mode == os.O_RDONLY && op == OpWrite, mode == os.O_WRONLY && op == OpRead:
		v = outcome{err: syscall.EBADF}
	case mode == os.O_RDONLY && op == OpTruncate:
		v = outcome{err: syscall.EINVAL}
	}
	return v
}

// Write implements io.Writer.
func (f *file) Write(b []byte) (int, error) {
	f.disk.mu.Lock()
	defer f.disk.mu.Unlock()
	v := f.begin(OpWrite, len(b))
	at := f.offset
	if f.flag&os.O_APPEND != 0 {
		at = int64(len(f.node.data))
	}
	n, err := f.write(v, b, at)
	f.offset = at + int64(n)
	return n, err
}

// WriteAt implements io.WriterAt.
func (f *file) WriteAt(b []byte, at int64) (int, error) {
	switch {
	case f.flag&os.O_APPEND != 0:
		return 0, errors.New("invalid use of WriteAt on a file opened with O_APPEND")
	case at < 0:
		return 0, failure("write", f.path, errors.New("negative offset"))
	}
	f.disk.mu.Lock()
	defer f.disk.mu.Unlock()
	return f.write(f.begin(OpWrite, len(b)), b, at)
}

// write writes what the outcome allows and there is room for.
func (f *file) write(v outcome, b []byte, at int64) (int, error) {
	done := b
	if v.err != nil {
		done = b[:min(v.done, len(b))]
	} else if most := f.room(at); int64(len(b)) > most {
		done, v.err = b[:most], syscall.ENOSPC
	}
	if len(done) > 0 {
		f.node.do(change{at: at, data: slices.Clone(done)})
	}
	if v.err != nil {
		return len(done), failure("write", f.path, v.err)
	}
	return len(done), nil
}

// room returns how many bytes can be written at an offset. Only growth needs room.
func (f *file) room(at int64) int64 {
	room := f.disk.room()
	over := at - int64(len(f.node.data)) // bytes between the end and the offset
	if over > room {
		return 0
	}
	return room - over
}

// ReadAt implements io.ReaderAt.
func (f *file) ReadAt(b []byte, at int64) (int, error) {
	if at < 0 {
		return 0, failure("read", f.path, errors.New("negative offset"))
	}
	f.disk.mu.Lock()
	defer f.disk.mu.Unlock()
	v := f.begin(OpRead, 0)
	switch {
	case v.err != nil:
		return 0, failure("read", f.path, v.err)
	case at >= int64(len(f.node.data)) && len(b) > 0:
		return 0, io.EOF
	}
	n := 0
	if len(b) > 0 {
		n = copy(b, f.node.data[at:])
	}
	if n < len(b) {
		return n, io.EOF
	}
	return n, nil
}

// Sync implements disk.File.
func (f *file) Sync() error {
	f.disk.mu.Lock()
	defer f.disk.mu.Unlock()
	v := f.begin(OpSync, 0)
	if v.lose {
		f.node.lose()
	}
	if v.err != nil {
		return failure("sync", f.path, v.err)
	}
	if !v.lies {
		f.node.sync()
	}
	return nil
}

// Truncate implements disk.File.
func (f *file) Truncate(size int64) error {
	f.disk.mu.Lock()
	defer f.disk.mu.Unlock()
	v := f.begin(OpTruncate, 0)
	if v.err == nil && size < 0 {
		v.err = syscall.EINVAL
	}
	if v.err != nil {
		return failure("truncate", f.path, v.err)
	}
	f.node.do(change{truncate: true, at: size})
	return nil
}

// Stat implements disk.File.
func (f *file) Stat() (fs.FileInfo, error) {
	f.disk.mu.Lock()
	defer f.disk.mu.Unlock()
	if v := f.begin(OpStat, 0); v.err != nil {
		return nil, failure("stat", f.path, v.err)
	}
	return f.node.info(filepath.Base(f.path)), nil
}

// Close implements io.Closer.
func (f *file) Close() error {
	f.disk.mu.Lock()
	defer f.disk.mu.Unlock()
	switch {
	case f.disk.crashed():
		return failure("close", f.path, ErrCrashed)
	case f.closed:
		return failure("close", f.path, fs.ErrClosed)
	}
	f.closed = true
	if f.node.opens--; f.node.opens == 0 {
		delete(f.disk.orphans, f.node)
	}
	return nil
}
