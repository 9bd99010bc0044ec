package errorlog

import (
	"bytes"

	"xlattice.org/zog/internal/disk"
)

// maxLeft is how many bytes of a file are examined, or left, when it is trimmed or
// cut: they are held in memory.
const maxLeft = 1 << 20

// trim cuts a file that is larger than most bytes. It removes lines with zeros, which
// a crash of the machine leaves, from its end.
func trim(file disk.File, most int64) error {
	info, err := file.Stat()
	if err != nil {
		return err
	}
	if info.Size() > most {
		return cut(file, most)
	}
	lines := newest(file, info.Size(), most)
	zero := bytes.IndexByte(lines, 0)
	if zero < 0 {
		return nil
	}
	good := bytes.LastIndexByte(lines[:zero], '\n') + 1
	return replace(file, info.Size()-int64(len(lines)-good), lines[good:])
}

// cut leaves only the newest lines of a file, at most most bytes. If they cannot be
// read it leaves none: the bound is more important. A crash meanwhile may leave
// fewer.
func cut(file disk.File, most int64) error {
	info, err := file.Stat()
	if err != nil {
		return err
	}
	lines := newest(file, info.Size(), most)
	if int64(len(lines)) < info.Size() { // the first line has no beginning
		_, lines, _ = bytes.Cut(lines, []byte("\n"))
	}
	return replace(file, 0, lines)
}

// newest returns the last bytes of a file, or none if they cannot all be read.
func newest(file disk.File, size, most int64) []byte {
	last := make([]byte, min(size, most, maxLeft))
	if n, _ := file.ReadAt(last, size-int64(len(last))); n < len(last) {
		return nil
	}
	return last
}

// replace replaces the content of a file, from an offset on, by lines; those with
// zeros are left out.
func replace(file disk.File, from int64, lines []byte) error {
	var good []byte
	for line := range bytes.Lines(lines) {
		if bytes.IndexByte(line, 0) < 0 {
			good = append(good, line...)
		}
	}
	if err := file.Truncate(from); err != nil {
		return err
	}
	_, err := file.Write(good)
	return err
}
