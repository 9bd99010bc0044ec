package inspect

import (
	"context"
	"io"
	"os"
	"path/filepath"

	"xlattice.org/zog/internal/disk"
	"xlattice.org/zog/internal/journal"
	"xlattice.org/zog/internal/logname"
	"xlattice.org/zog/internal/record"
)

// Reader reads the records of a log directory in the order of the log, and later those that came,
// whether its host runs or not. Like a Dir it takes no lock, and neither misses nor repeats a
// segment that is renamed meanwhile. It belongs to one goroutine.
type Reader struct {
	path     string
	position readPosition
	parser   record.Parser

	// Skip, if not nil, is asked about each sealed segment that has an index, before it is read:
	// true leaves it out. number is that of the segment.
	Skip func(number int, index *journal.Sealed) bool
	// Damage, if not nil, is called for bytes that are no records.
	Damage func(file string, offset, bytes int64) error
}

// NewReader returns a Reader of a directory. The error wraps ErrNoLog if it has no log.
func NewReader(path string) (*Reader, error) {
	if _, err := Open("", path); err != nil {
		return nil, err
	}
	return &Reader{path: path}, nil
}

// ReadOn calls do for each record that is there and was not read before. The text of a record is
// valid until do returns. An error of do or of Damage ends it, and is returned; the Reader is not
// to be used any more then.
func (r *Reader) ReadOn(ctx context.Context, do func(*record.Record) error) (err error) {
	r.position, err = walk(r.path, r.position, func(name string, sealed bool, file io.ReaderAt, offset int64) (int64, error) {
		if sealed && offset == 0 && r.skips(name) {
			return 0, nil
		}
		end, torn, err := lines(file, offset, func(line []byte, at int64) error {
			rec, err := r.parser.Parse(line)
			switch {
			case ctx.Err() != nil:
				return ctx.Err()
			case err != nil:
				return r.damaged(name, at, int64(len(line)))
			}
			return do(&rec)
		})
		if err == nil && sealed && torn > 0 {
			err = r.damaged(name, end, torn)
		}
		return end, err
	})
	return err
}

func (r *Reader) damaged(name string, at, bytes int64) error {
	if r.Damage == nil {
		return nil
	}
	return r.Damage(name, at, bytes)
}

// skips reports whether a sealed segment is left out.
func (r *Reader) skips(name string) bool {
	number, ok := logname.ParseSegment(name)
	if !ok || r.Skip == nil {
		return false
	}
	index, ok := readIndex(r.path, number)
	return ok && r.Skip(number, &index)
}

// Indexes returns the indexes of the sealed segments of a log, by their numbers.
func Indexes(path string) (map[int]journal.Sealed, error) {
	numbers, err := segments(path)
	if err != nil {
		return nil, err
	}
	all := map[int]journal.Sealed{}
	for _, n := range numbers {
		if index, ok := readIndex(path, n); ok {
			all[n] = index
		}
	}
	return all, nil
}

func readIndex(path string, number int) (journal.Sealed, bool) {
	info, err := os.Stat(filepath.Join(path, logname.Segment(number)))
	if err != nil {
		return journal.Sealed{}, false
	}
	return journal.ReadIndex(disk.OS{}, path, number, info.Size())
}
