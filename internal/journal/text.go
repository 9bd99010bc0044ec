package journal

import (
	"bytes"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"os"
	"path/filepath"
	"strconv"

	"xlattice.org/zog/internal/disk"
	"xlattice.org/zog/internal/marks"
	"xlattice.org/zog/internal/record"
)

// The small files are text: a heading, one line for each item, and in the last line a
// checksum of all that.

// errCorrupt says that a small file is not as it was written.
var errCorrupt = errors.New("not whole")

// appendChecksum appends the line with the checksum of text.
func appendChecksum(text []byte) []byte {
	return fmt.Appendf(text, "crc %08x\n", crc32.Checksum(text, castagnoli))
}

// parseLines returns the lines of a text, without heading and checksum, or
// errCorrupt.
func parseLines(in []byte, heading string) ([][]byte, error) {
	end := bytes.LastIndexByte(bytes.TrimSuffix(in, []byte("\n")), '\n') + 1
	if string(appendChecksum(in[:end:end])) != string(in) {
		return nil, errCorrupt
	}
	lines := bytes.Split(bytes.TrimSuffix(in[:end], []byte("\n")), []byte("\n"))
	if string(lines[0]) != heading {
		return nil, errCorrupt
	}
	return lines[1:], nil
}

// appendRun appends a run as two words, origin and boot.
func appendRun(dst []byte, r marks.Run) []byte {
	return strconv.AppendUint(fmt.Appendf(dst, "%s ", r.Origin), r.Boot, 36)
}

func parseRun(origin, boot []byte) (marks.Run, error) {
	n, err := strconv.ParseUint(string(boot), 36, 64)
	if err != nil || !record.ValidRun(string(origin), n) {
		return marks.Run{}, errCorrupt
	}
	return marks.Run{Origin: string(origin), Boot: n}, nil
}

// parseSeq parses a seq.
func parseSeq(b []byte) (uint64, error) {
	n, err := strconv.ParseUint(string(b), 10, 64)
	if err != nil || n > record.MaxSeq {
		return 0, errCorrupt
	}
	return n, nil
}

// readFile returns the content of a small file.
func readFile(fs disk.FS, path string) ([]byte, error) {
	file, err := fs.OpenFile(path, os.O_RDONLY)
	if err != nil {
		return nil, err
	}
	in, err := io.ReadAll(io.NewSectionReader(file, 0, 1<<30))
	return in, errors.Join(err, file.Close())
}

// makeDir creates a directory and those above it, durably.
func makeDir(fsys disk.FS, dir string) error {
	var lacking []string
	for at := dir; ; at = filepath.Dir(at) {
		if _, err := fsys.Stat(at); err == nil || at == filepath.Dir(at) {
			break
		}
		lacking = append(lacking, at)
	}
	if err := fsys.MkdirAll(dir); err != nil {
		return err
	}
	for _, made := range lacking {
		if err := fsys.SyncDir(filepath.Dir(made)); err != nil {
			return err
		}
	}
	return nil
}
