package journal

import (
	"errors"
	"io"
	"io/fs"
	"maps"
	"path/filepath"
	"slices"
	"time"

	"xlattice.org/zog/internal/disk"
	"xlattice.org/zog/internal/logname"
	"xlattice.org/zog/internal/marks"
)

// Floors returns the marks that outlive their lines, for those who look into a log
// directory from outside: of each run the last message that need not be in the
// directory any more. What is above the floors must be there. It takes no lock: the
// file is replaced as a whole, before lines are removed. If there is no file the map
// is nil, and nothing is known.
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

// Block is a part of a segment that has a checksum of its own; both fields are in
// bytes.
type Block struct{ Offset, Bytes int64 }

// BadBlocks returns the blocks of a sealed segment that do not match the checksums in
// its index, in order, for those who look into a log directory from outside. Without
// an index of this segment it returns none. name is the name of the segment in dir,
// size its size in bytes.
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

// Sealed is what the index of a sealed segment says about it.
type Sealed struct {
	At       time.Time    // when it was sealed
	Holds    []marks.Mark // its messages, First to Seq each, in the order in which they begin
	Messages uint64       // how many these are
}

// ReadIndex reads the index of a sealed segment of so many bytes, for those who look into a log
// directory from outside. It is false if there is none of this segment.
func ReadIndex(fsys disk.FS, dir string, number int, size int64) (Sealed, bool) {
	x, err := readIndex(fsys, filepath.Join(dir, logname.Hidden(logname.Segment(number), logname.Index)))
	if err != nil || x.sums.size != size {
		return Sealed{}, false
	}
	s := Sealed{At: x.sealed, Messages: x.holds.records()}
	for _, r := range x.holds.all {
		s.Holds = append(s.Holds, marks.Mark{Run: r.Run, First: r.first, Seq: r.last})
	}
	return s, true
}
