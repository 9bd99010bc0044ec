package inspect

import (
	"bufio"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"syscall"

	"xlattice.org/zog/internal/disk"
	"xlattice.org/zog/internal/logname"
)

// segments returns the numbers of the older segments in a directory, in order.
// While a file is renamed a look at its directory may miss it. But the numbers
// grow: when one is seen, all below it have been given, and a second look finds
// them.
func segments(dir string) ([]int, error) {
	numbers, err := listNumbers(dir)
	if err != nil || len(numbers) == 0 {
		return nil, err
	}
	highest := numbers[len(numbers)-1]
	numbers, err = listNumbers(dir)
	return slices.DeleteFunc(numbers, func(n int) bool { return n > highest }), err
}

func listNumbers(dir string) ([]int, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	var numbers []int
	for _, e := range entries {
		if n, ok := logname.ParseSegment(e.Name()); ok && n > 0 {
			numbers = append(numbers, n)
		}
	}
	slices.Sort(numbers)
	return numbers, nil
}

// place is how far a log has been read.
type readPosition struct {
	sealed int         // the highest number of a segment that was read to its end
	file   fs.FileInfo // of the active segment that was read last; nil if none was
	offset int64       // behind the last whole line that was read in it
}

// visit is called for each segment that is to be read, from an offset on. It
// returns the offset behind the last whole line.
type visit func(name string, sealed bool, file io.ReaderAt, offset int64) (int64, error)

// walk visits what is behind a place, oldest first, and returns the new place.
// A segment that is renamed while we look is found under its new name: only what
// is still called access.log after a look for numbers that have come is that.
func walk(dir string, from readPosition, do visit) (readPosition, error) {
	for {
		numbers, err := segments(dir)
		if err != nil {
			return from, err
		}
		if from, err = walkSealed(dir, numbers, from, do); err != nil {
			return from, err
		}
		file, err := openActive(dir)
		if err != nil {
			return from, err
		}
		numbers, err = segments(dir)
		renamed := len(numbers) > 0 && numbers[len(numbers)-1] > from.sealed
		if err == nil && !renamed && file != nil {
			from, err = from.read(logname.Active, false, file, do)
		}
		if file != nil {
			err = errors.Join(err, file.Close())
		}
		if err != nil || !renamed {
			return from, err
		}
	}
}

// openActive opens access.log. Where there is none, it is being rotated, or was
// moved away, and that is no error.
func openActive(dir string) (*os.File, error) {
	file, err := openSegment(filepath.Join(dir, logname.Active))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	return file, err
}

// openSegment opens a file, or one that a symbolic link leads to. Nothing else is opened: it
// may have no end, or nobody at the other end.
func openSegment(path string) (*os.File, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if err := disk.NotRegular(path, info.Mode()); err != nil {
		return nil, err
	}
	return os.OpenFile(path, os.O_RDONLY|syscall.O_NONBLOCK, 0)
}

// walkSealed visits the segments whose numbers are new.
func walkSealed(dir string, numbers []int, from readPosition, do visit) (readPosition, error) {
	for _, n := range numbers {
		if n <= from.sealed {
			continue
		}
		file, err := openSegment(filepath.Join(dir, logname.Segment(n)))
		if errors.Is(err, fs.ErrNotExist) {
			from.sealed = n // retired meanwhile; it is not looked for again
			continue
		}
		if err != nil {
			return from, err
		}
		from, err = from.read(logname.Segment(n), true, file, do)
		if err = errors.Join(err, file.Close()); err != nil {
			return from, err
		}
		from.sealed = n
	}
	return from, nil
}

// read visits a segment, from where it was read to if it is the one that was
// active then.
func (p readPosition) read(name string, sealed bool, file *os.File, do visit) (readPosition, error) {
	info, err := file.Stat()
	if err != nil {
		return p, err
	}
	if p.file == nil || !os.SameFile(p.file, info) {
		p.offset = 0
	}
	p.file = info
	p.offset, err = do(name, sealed, file, p.offset)
	return p, err
}

// readSize is how many bytes are read at a time. A line is much shorter.
const readSize = 256 << 10

// lines hands out the lines of a file behind an offset, with their ends, and
// where they begin. What is longer than any line can be comes in pieces. torn is
// what is left at the end.
func lines(file io.ReaderAt, offset int64, do func(line []byte, at int64) error) (end, torn int64, err error) {
	in := bufio.NewReaderSize(io.NewSectionReader(file, offset, 1<<62), readSize)
	for {
		line, err := in.ReadSlice('\n')
		switch {
		case err == io.EOF:
			return offset, int64(len(line)), nil
		case err != nil && !errors.Is(err, bufio.ErrBufferFull):
			return offset, 0, err
		}
		if err := do(line, offset); err != nil {
			return offset, 0, err
		}
		offset += int64(len(line))
	}
}
