package errorlog

import (
	"bytes"

	"xlattice.org/zog/internal/disk"
)

// maxLeft is how many bytes cut leaves at the most: they are held in memory.
const maxLeft = 1 << 20

// cut leaves of a file only the newest lines, no more than so many bytes. If they cannot be read none are left: that the file stays within
// its bound is worth more. A crash meanwhile may leave fewer.
func cut(file disk.File, most int64) error {
	info, err := file.Stat()
	if err != nil {
		return err
	}
	lines := make([]byte, min(most, maxLeft, info.Size()))
	n, _ := file.ReadAt(lines, info.Size()-int64(len(lines)))
	lines = lines[:n]
	if int64(n) < info.Size() { // the first line has no beginning
		_, lines, _ = bytes.Cut(lines, []byte("\n"))
	}
	if err := file.Truncate(0); err != nil {
		return err
	}
	_, err = file.Write(lines)
	return err
}
