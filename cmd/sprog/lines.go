package main

import (
	"bytes"
	"context"
	"errors"
	"io"
	"iter"
	"strings"
	"sync"

	"xlattice.org/zog/internal/record"
)

// chunk is how much of the input is read at once, in bytes.
const chunk = 64 << 10

// lines reads lines, which end with LF or CRLF; the last may lack its end. It
// reads in big pieces, of which the lines are parts: no line is copied, none
// costs an allocation. Of a line that is longer than any message only the
// beginning is kept, enough to be refused for its length.
type lines struct {
	from   io.Reader
	pieces chan string
	failed error // of reading; passed on by closing pieces

	mu   sync.Mutex
	over bool  // all has been yielded that will be
	err  error // why the input broke off, once its lines have all been yielded
	left bool  // who took the lines gave up, and more of them may be there
}

// until yields the lines until the end of the input or of ctx. Reading goes on
// in a goroutine, which ends with ctx as well; but a read that blocks, as on a
// terminal, cannot be interrupted, and ends with the process.
func (l *lines) until(ctx context.Context) iter.Seq[string] {
	l.pieces = make(chan string, 1)
	go l.read(ctx)
	return func(yield func(string) bool) {
		left, err := l.pass(ctx, yield)
		l.mu.Lock()
		defer l.mu.Unlock()
		l.over, l.left, l.err = true, left, err
	}
}

// pass yields the lines. It reports whether some were left, and why the input broke
// off.
func (l *lines) pass(ctx context.Context, yield func(string) bool) (left bool, err error) {
	for {
		select {
		case <-ctx.Done():
			return !l.ended(), nil
		case piece, more := <-l.pieces:
			if !more {
				return false, l.failed
			}
			for line := range strings.Lines(piece) {
				piece = piece[len(line):]
				if ctx.Err() != nil || !yield(trim(line)) {
					return piece != "" || !l.ended(), nil
				}
			}
		}
	}
}

// rest reports whether lines were left, as they are when nobody waits any more for
// the next, and why the input broke off.
func (l *lines) rest() (left bool, err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.left || !l.over, l.err
}

// ended reports whether the end of the input is known to have come.
func (l *lines) ended() bool {
	select {
	case _, more := <-l.pieces:
		return !more
	default:
		return false
	}
}

// trim takes off the end of a line.
func trim(line string) string {
	if line, ok := strings.CutSuffix(line, "\n"); ok {
		return strings.TrimSuffix(line, "\r")
	}
	return line
}

// read cuts the input into pieces of whole lines.
func (l *lines) read(ctx context.Context) {
	defer close(l.pieces)
	var s splitter
	buf := make([]byte, chunk)
	for {
		n, err := l.from.Read(buf)
		piece := s.add(buf[:n])
		if err != nil {
			piece += s.end()
		}
		if piece != "" {
			select {
			case l.pieces <- piece:
			case <-ctx.Done():
				return
			}
		}
		if err != nil {
			if !errors.Is(err, io.EOF) {
				l.failed = err
			}
			return
		}
	}
}

// splitter turns bytes as they come into whole lines. It holds the beginning of
// the line that is not whole yet, and of that no more than a message may have.
type splitter struct {
	open []byte
}

// kept is how much of a line is kept: all of one that may travel, and of a
// longer one so much that it is too long.
const kept = record.MaxText + 1

// add takes some bytes, and returns the lines that are whole now.
func (s *splitter) add(b []byte) string {
	first := bytes.IndexByte(b, '\n')
	if first < 0 {
		s.hold(b)
		return ""
	}
	s.hold(b[:first])
	last := bytes.LastIndexByte(b, '\n') + 1
	var whole strings.Builder
	whole.Grow(len(s.open) + last - first)
	whole.Write(s.open)
	whole.Write(b[first:last])
	s.open = s.open[:0]
	s.hold(b[last:])
	return whole.String()
}

// hold appends to the line that is not whole.
func (s *splitter) hold(b []byte) {
	s.open = append(s.open, b[:min(len(b), kept-len(s.open))]...)
}

// end returns the last line, if the input does not end with a line's end.
func (s *splitter) end() string {
	rest := string(s.open)
	s.open = nil
	return rest
}
