package main

import (
	"bufio"
	"errors"
	"fmt"
	"hash/maphash"
	"io"
	"os"
	"path/filepath"
	"slices"

	"xlattice.org/zog/internal/test/check"
)

// lines is the content of a log: a set of hashes of its whole lines.
type lines map[uint64]struct{}

var hashes = maphash.MakeSeed()

// errMoved says that a log was rotated while it was read.
var errMoved = errors.New("the segments have changed")

// linesOf reads a log that may grow meanwhile.
func linesOf(dir string) (lines, error) {
	names, err := check.Segments(os.DirFS(dir))
	if err != nil {
		return nil, err
	}
	all := lines{}
	for _, name := range names {
		if err := all.read(filepath.Join(dir, name)); err != nil {
			return nil, err
		}
	}
	if again, err := check.Segments(os.DirFS(dir)); err != nil || !slices.Equal(names, again) {
		return nil, fmt.Errorf("%s: %w", dir, errors.Join(err, errMoved))
	}
	return all, nil
}

func (l lines) read(name string) error {
	file, err := os.Open(name)
	if err != nil {
		return err
	}
	defer file.Close() // it was only read
	for buffer := bufio.NewReader(file); ; {
		line, err := buffer.ReadSlice('\n')
		if err == io.EOF {
			return nil // a part of a line does not count
		}
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		l[maphash.Bytes(hashes, line)] = struct{}{}
	}
}

// onlyIn returns how many lines of a log no other log has. A log that cannot be read counts as empty.
func onlyIn(dir string, others []string) (int, error) {
	mine, err := linesOf(dir)
	if err != nil {
		return 0, err
	}
	for _, other := range others {
		theirs, err := linesOf(other)
		if err != nil {
			continue
		}
		for line := range theirs {
			delete(mine, line)
		}
	}
	return len(mine), nil
}

// equal says whether all logs have the same lines. It compares the sizes first, which is quick.
func equal(dirs []string) bool {
	size, err := sizeOf(dirs[0])
	for _, dir := range dirs[1:] {
		other, bad := sizeOf(dir)
		if err = errors.Join(err, bad); err != nil || other != size {
			return false
		}
	}
	first, err := linesOf(dirs[0])
	if err != nil {
		return false
	}
	for _, dir := range dirs[1:] {
		other, err := linesOf(dir)
		if err != nil || !first.equal(other) {
			return false
		}
	}
	return true
}

func (l lines) equal(other lines) bool {
	for line := range l {
		if _, there := other[line]; !there {
			return false
		}
	}
	return len(l) == len(other)
}

// sizeOf returns the number of bytes of a log.
func sizeOf(dir string) (int64, error) {
	names, err := check.Segments(os.DirFS(dir))
	total := int64(0)
	for _, name := range names {
		info, err := os.Stat(filepath.Join(dir, name))
		if err != nil {
			return 0, err
		}
		total += info.Size()
	}
	return total, err
}
