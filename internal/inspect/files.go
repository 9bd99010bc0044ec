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

// segments returns the numbers of the sealed segments in a directory, in order. While
// a file is renamed a listing may miss it. But numbers only grow: if one is listed
// all lower ones are in use, and a second listing has them.
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

// readPosition is how far a log has been read.
type readPosition struct {
	sealed int         // the highest number of the segments that were read completely
	file   fs.FileInfo // the file that was active at the last reading; nil before
	offset int64       // behind the last whole line read in that file
}

// visit is called for a segment, to read it from an offset on. It returns the offset
// behind the last whole line.
type visit func(name string, sealed bool, file io.ReaderAt, offset int64) (int64, error)

// walk visits what is behind a position, oldest first, and returns the new position.
// A segment that is renamed meanwhile is found under its new name: the file opened as
// access.log is read as such only if a listing made afterwards has no new number.
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

// openActive opens access.log. If there is none it returns nil and no error: it is
// being rotated, or was moved away.
func openActive(dir string) (*os.File, error) {
	file, err := openSegment(filepath.Join(dir, logname.Active))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	return file, err
}

// openSegment opens a regular file, or one that a symbolic link leads to, and nothing
// else: reading from another kind of file may not end.
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
			from.sealed = n // retired meanwhile
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

// read visits a segment: from the offset on if it is the file that was read last,
// else from its beginning.
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

// readSize is how many bytes are read at a time. It is much more than a line has.
const readSize = 256 << 10

// lines calls do for each line of a file behind an offset, with its line end and its
// own offset. What is longer than any line comes in parts. end is the offset behind
// the last line, and torn how many bytes follow it.
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
