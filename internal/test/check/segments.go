package check

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"slices"

	"xlattice.org/zog/internal/logname"
)

// ReadDir reads all segments in a log directory. The error is one of reading.
func (l *Log) ReadDir(dir fs.FS) error {
	names, err := Segments(dir)
	if err != nil {
		return fmt.Errorf("%s: %w", l.found.Host, err)
	}
	for _, name := range names {
		if err := l.readFile(dir, name); err != nil {
			return err
		}
	}
	return nil
}

func (l *Log) readFile(dir fs.FS, name string) (err error) {
	file, err := dir.Open(name)
	if err != nil {
		return fmt.Errorf("%s: %w", l.found.Host, err)
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	return l.Read(name, file)
}

// Segments returns the names of the segments in a log directory, oldest first:
// access.log.1, access.log.2 ... and then access.log. Other files do not belong to
// the log.
func Segments(dir fs.FS) ([]string, error) {
	entries, err := fs.ReadDir(dir, ".")
	if err != nil {
		return nil, err
	}
	var names []string
	for _, e := range entries {
		if _, ok := logname.ParseSegment(e.Name()); ok && !e.IsDir() {
			names = append(names, e.Name())
		}
	}
	slices.SortFunc(names, func(a, b string) int { return cmp.Compare(age(a), age(b)) })
	if len(names) == 0 {
		return nil, errors.New("the directory has no access.log")
	}
	return names, nil
}

// age returns the place of a segment in that order. The active one, whose number is
// 0, comes last.
func age(name string) uint64 {
	number, _ := logname.ParseSegment(name)
	return uint64(number) - 1
}
