package journal

import (
	"bytes"
	"io"
)

// readSize is how many bytes are read from a segment at a time.
const readSize = 256 << 10

// lineReader reads the lines of a file up to a limit. The lines are parts of its
// buffer, valid until the next fill.
type lineReader struct {
	file       io.ReaderAt
	limit      int64 // bytes of the file that may be read
	offset     int64 // of the first byte that was not returned yet
	buf        []byte
	from       int // the unread part of buf is buf[from:to]
	to         int
	inLongLine bool // what comes next is the rest of a line that is too long
}

func (l *lineReader) rest() []byte { return l.buf[l.from:l.to] }

// next returns the next line, its line end included. ok is false if no whole line is
// left.
func (l *lineReader) next() (line []byte, ok bool, err error) {
	for {
		if line, ok := l.line(); ok {
			return line, true, nil
		}
		if more, err := l.fill(); err != nil || !more {
			return nil, false, err
		}
	}
}

// line returns the next line that is in the buffer. No record fills the buffer: if
// there is no line end in a full buffer, all of it is returned as a line, and of what
// follows up to the line end only the end, so that it cannot be taken for a record.
func (l *lineReader) line() ([]byte, bool) {
	n := bytes.IndexByte(l.rest(), '\n') + 1
	whole := n > 0
	if !whole && len(l.rest()) == len(l.buf) {
		n = len(l.buf)
	}
	line := l.rest()[:n]
	l.from += n
	l.offset += int64(n)
	if n > 0 && l.inLongLine {
		line = line[n-1:]
	}
	l.inLongLine = l.inLongLine && n == 0 || n > 0 && !whole
	return line, n > 0
}

// fill moves the unread part to the front and reads more behind it. At the end of the
// file it changes nothing, so that lines returned before stay valid.
func (l *lineReader) fill() (bool, error) {
	at := l.offset + int64(len(l.rest()))
	room := min(int64(len(l.buf)-len(l.rest())), l.limit-at)
	if room <= 0 {
		return false, nil
	}
	l.to = copy(l.buf, l.rest())
	l.from = 0
	n, err := l.file.ReadAt(l.buf[l.to:l.to+int(room)], at)
	l.to += n
	if err == io.EOF {
		err = nil
	}
	return n > 0, err
}

// zeroedFile is a file whose bad blocks read as zeros, which no record contains.
type zeroedFile struct {
	file io.ReaderAt
	bad  map[int]bool
}

// ReadAt implements io.ReaderAt.
func (h zeroedFile) ReadAt(b []byte, at int64) (n int, err error) {
	for n < len(b) && err == nil {
		piece := b[n:min(int64(len(b)), int64(n)+blockSize-at%blockSize)]
		got := len(piece)
		if h.bad[int(at/blockSize)] {
			clear(piece)
		} else if got, err = h.file.ReadAt(piece, at); got == 0 && err == nil {
			err = io.EOF
		}
		n, at = n+got, at+int64(got)
	}
	return n, err
}
