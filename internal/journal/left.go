package journal

import (
	"errors"
	"io"
	"io/fs"
	"maps"
	"path/filepath"
	"slices"

	"xlattice.org/zog/internal/disk"
	"xlattice.org/zog/internal/logname"
	"xlattice.org/zog/internal/marks"
)

// Floors returns, for whoever looks into a log directory from outside, the marks
// that outlive their lines: of each run the last message that need not be there
// any more. It takes no lock; the file is replaced whole, and before the lines go. What
// is under no floor must be there. Without the file, which says nothing of that, the map
// is nil.
func Floors(fsys disk.FS, dir string) (map[marks.Run]uint64, error) {
	in, err := readFile(fsys, filepath.Join(dir, logname.Hidden(logname.Active, logname.Floors)))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	f, err := parseFloors(in)
	if err != nil {
		return nil, err
	}
	if f.of == nil {
		return map[marks.Run]uint64{}, nil
	}
	return f.of, nil
}

// Block is a piece of a segment that has a checksum of its own.
type Block struct{ Offset, Bytes int64 }

// BadBlocks returns, for whoever looks into a log directory from outside, the
// blocks of a sealed segment that are not what its index says was written, in
// order. Without an index that is about the segment there are none. name is that
// of the segment in dir, and size how many bytes the file has.
func BadBlocks(fsys disk.FS, dir, name string, file io.ReaderAt, size int64) (blocks []Block) {
	x, err := readIndex(fsys, filepath.Join(dir, logname.Hidden(name, logname.Index)))
	if err != nil {
		return nil
	}
	_, bad, about := audit(file, size, &x.sums)
	if !about {
		return nil
	}
	for _, i := range slices.Sorted(maps.Keys(bad)) {
		at := int64(i) * blockSize
		blocks = append(blocks, Block{Offset: at, Bytes: min(blockSize, size-at)})
	}
	return blocks
}
