package errorlog

import (
	"bytes"

	"xlattice.org/zog/internal/disk"
)

// maxLeft is how many bytes of a file are looked at or left when it is mended or cut:
// they are held in memory.
const maxLeft = 1 << 20

// mend cuts a file that is larger than allowed, and removes from its end the lines in
// which a crash of the machine has left zeros: with them it would be no text.
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

// cut leaves of a file only the newest lines, no more than so many bytes. If they cannot
// be read none are left: that the file stays within its bound is worth more. A crash
// meanwhile may leave fewer.
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

// replace puts lines in the place of what a file has from an offset on, but for those
// with zeros.
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
