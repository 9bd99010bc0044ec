package disk

import (
	"io/fs"
	"syscall"
)

// Space is how full a file system is, in bytes.
type Space struct {
	Free int64 // that a process without special rights may still write
	Size int64 // of the whole
}

// smallPart is the part of a file system that is asked to stay free at the most: one
// with less than smallPart times that size can be used too.
const smallPart = 20

// Short tells whether less is free than should be: least bytes, or a twentieth of the file
// system where that is less. Once it was short, an eighth more must be free before it
// is not: at the limit it would change with each file that comes and goes. want is the
// number of bytes that were compared with.
func (s Space) Short(least int64, was bool) (want int64, short bool) {
	want = min(least, s.Size/smallPart)
	if was {
		want += want / 8
	}
	return want, s.Free < want
}

// Space implements FS.
func (OS) Space(dir string) (Space, error) {
	var stat syscall.Statfs_t
	for {
		err := syscall.Statfs(dir, &stat)
		if err == nil {
			break
		}
		if err != syscall.EINTR {
			return Space{}, &fs.PathError{Op: "statfs", Path: dir, Err: err}
		}
	}
	return Space{Free: int64(stat.Bavail) * int64(stat.Bsize), Size: int64(stat.Blocks) * int64(stat.Bsize)}, nil
}
