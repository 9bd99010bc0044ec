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

// The small files are text: a heading, a line for each thing they say, and a
// checksum of all that in the last line.

// errNotWhole says that a small file is not what was once written.
var errNotWhole = errors.New("not whole")

// seal ends a text with its checksum.
func seal(text []byte) []byte {
	return fmt.Appendf(text, "crc %08x\n", crc32.Checksum(text, castagnoli))
}

// unseal returns the lines of a text behind its heading, without the checksum,
// or errNotWhole.
func unseal(in []byte, heading string) ([][]byte, error) {
	end := bytes.LastIndexByte(bytes.TrimSuffix(in, []byte("\n")), '\n') + 1
	if string(seal(in[:end:end])) != string(in) {
		return nil, errNotWhole
	}
	lines := bytes.Split(bytes.TrimSuffix(in[:end], []byte("\n")), []byte("\n"))
	if string(lines[0]) != heading {
		return nil, errNotWhole
	}
	return lines[1:], nil
}

// appendRun appends a run as two words.
func appendRun(dst []byte, r marks.Run) []byte {
	return strconv.AppendUint(fmt.Appendf(dst, "%s ", r.Origin), r.Boot, 36)
}

func parseRun(origin, boot []byte) (marks.Run, error) {
	n, err := strconv.ParseUint(string(boot), 36, 64)
	if err != nil || !record.ValidRun(string(origin), n) {
		return marks.Run{}, errNotWhole
	}
	return marks.Run{Origin: string(origin), Boot: n}, nil
}

// parseSeq reads the number of a message in the small files.
func parseSeq(b []byte) (uint64, error) {
	n, err := strconv.ParseUint(string(b), 10, 64)
	if err != nil || n > record.MaxSeq {
		return 0, errNotWhole
	}
	return n, nil
}

// readFile returns what a small file holds.
func readFile(fs disk.FS, path string) ([]byte, error) {
	file, err := fs.OpenFile(path, os.O_RDONLY)
	if err != nil {
		return nil, err
	}
	in, err := io.ReadAll(io.NewSectionReader(file, 0, 1<<30))
	return in, errors.Join(err, file.Close())
}

// replaceFile puts a small file in the place of an older one, whole or not at
// all, and durable once the directory is synced.
func replaceFile(fs disk.FS, path string, content []byte) error {
	fresh := path + freshSuffix
	file, err := disk.Create(fs, fresh, os.O_WRONLY)
	if err != nil {
		return err
	}
	_, err = file.Write(content)
	if err == nil {
		err = file.Sync()
	}
	if err = errors.Join(err, file.Close()); err == nil {
		err = fs.Rename(fresh, path)
	}
	if err != nil {
		return errors.Join(err, fs.Remove(fresh))
	}
	return nil
}

// makeDir makes a directory, and those above it, so that no power cut undoes it.
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
