package disk

import (
	"io/fs"
	"syscall"
)

// Space is how full a file system is, in bytes.
type Space struct {
	Free int64 // what a process without special rights may still write
	Size int64 // of the file system
}

// smallPart limits how much of a file system must stay free: at most its size divided
// by smallPart, so that a small one can be used too.
const smallPart = 20

// Short tells whether too little is free: less than least bytes, or than a twentieth
// of the file system if that is less. was is the previous answer: once space was
// short an eighth more must be free, so that the answer does not change with every
// file. want is how many bytes must be free.
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
