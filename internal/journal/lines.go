package journal

import (
	"bytes"
	"io"
)

// readSize is how many bytes are read from a segment at a time.
const readSize = 256 << 10

// lineReader reads the lines of a file up to a limit. Lines alias its buffer.
type lineReader struct {
	file   io.ReaderAt
	limit  int64 // bytes of the file that may be read
	offset int64 // of the first byte that was not handed out
	buf    []byte
	from   int // the unread part of buf is buf[from:to]
	to     int
	within bool // what comes next is the rest of a line that is too long
}

func (l *lineReader) rest() []byte { return l.buf[l.from:l.to] }

// next returns the next line with its end. It is false when no whole line is
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

// line returns the next line that is in the buffer. What fills the buffer and
// has no end is handed out as a line, as no record is as long; so is what
// follows up to the end, without its beginning and so without what it says.
func (l *lineReader) line() ([]byte, bool) {
	n := bytes.IndexByte(l.rest(), '\n') + 1
	whole := n > 0
	if !whole && len(l.rest()) == len(l.buf) {
		n = len(l.buf)
	}
	line := l.rest()[:n]
	l.from += n
	l.offset += int64(n)
	if n > 0 && l.within {
		line = line[n-1:]
	}
	l.within = l.within && n == 0 || n > 0 && !whole
	return line, n > 0
}

// fill moves the rest to the front and reads on behind it. Where there is
// nothing to read it leaves the buffer, and so the lines in it, alone.
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

// holed is a file of which the bad blocks read as zeros: no record has any.
type holed struct {
	file io.ReaderAt
	bad  map[int]bool
}

// ReadAt implements io.ReaderAt.
func (h holed) ReadAt(b []byte, at int64) (n int, err error) {
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
