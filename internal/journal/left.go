package journal

import (
	"errors"
	"io/fs"
	"path/filepath"

	"xlattice.org/zog/internal/disk"
	"xlattice.org/zog/internal/marks"
)

// Floors returns, for whoever looks into a log directory from outside, the marks
// that outlive their lines: of each run the last message that need not be there
// any more. There may be none. It takes no lock; the file is replaced whole, and
// before the lines go.
func Floors(fsys disk.FS, dir string) (map[marks.Run]uint64, error) {
	in, err := readFile(fsys, filepath.Join(dir, "."+activeName+".floors"))
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
	return f.of, nil
}
