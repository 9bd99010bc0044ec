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

// readSize is how many bytes of the input are read at once.
const readSize = 64 << 10

// lines splits the input into lines, which end with LF or CRLF; the last line may have no
// end. It reads large pieces and yields parts of them, so no line is copied or allocated.
// Of a line that is longer than a message may be, only as much is kept as shows that it is
// too long.
type lines struct {
	from    io.Reader
	pieces  chan string
	readErr error // set before pieces is closed

	mu     sync.Mutex
	done   bool  // no more lines will be yielded
	err    error // why reading failed; set with done
	unread bool  // the loop over the lines ended early, and there may be more
}

// yielding returns the lines until the end of the input or of ctx. A goroutine reads them,
// and ends with ctx too. But a read that blocks, as on a terminal, cannot be interrupted:
// it ends with the process.
func (l *lines) yielding(ctx context.Context) iter.Seq[string] {
	l.pieces = make(chan string, 1)
	go l.read(ctx)
	return func(yield func(string) bool) {
		left, err := l.yieldAll(ctx, yield)
		l.mu.Lock()
		defer l.mu.Unlock()
		l.done, l.unread, l.err = true, left, err
	}
}

// yieldAll yields the lines. It reports whether there may be more, and why reading failed.
func (l *lines) yieldAll(ctx context.Context, yield func(string) bool) (left bool, err error) {
	for {
		select {
		case <-ctx.Done():
			return !l.atEnd(), nil
		case piece, more := <-l.pieces:
			if !more {
				return false, l.readErr
			}
			for line := range strings.Lines(piece) {
				piece = piece[len(line):]
				if ctx.Err() != nil || !yield(trim(line)) {
					return piece != "" || !l.atEnd(), nil
				}
			}
		}
	}
}

// result reports whether lines were not yielded, as when nobody waits for the next one any
// more, and why reading failed.
func (l *lines) result() (left bool, err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.unread || !l.done, l.err
}

// atEnd reports whether the input is known to have ended.
func (l *lines) atEnd() bool {
	select {
	case _, more := <-l.pieces:
		return !more
	default:
		return false
	}
}

// trim removes the end of a line.
func trim(line string) string {
	if line, ok := strings.CutSuffix(line, "\n"); ok {
		return strings.TrimSuffix(line, "\r")
	}
	return line
}

// read splits the input into pieces of complete lines.
func (l *lines) read(ctx context.Context) {
	defer close(l.pieces)
	var s splitter
	buf := make([]byte, readSize)
	for {
		n, err := l.from.Read(buf)
		piece := s.add(buf[:n])
		if err != nil {
			piece += s.flush()
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
				l.readErr = err
			}
			return
		}
	}
}

// splitter collects bytes into complete lines. It holds the beginning of an incomplete
// line, up to maxPartial bytes.
type splitter struct {
	partial []byte
}

// maxPartial is how much of a line is kept: enough for any message, and one byte more if
// the line is longer.
const maxPartial = record.MaxText + 1

// add adds bytes, and returns the lines that are complete now.
func (s *splitter) add(b []byte) string {
	first := bytes.IndexByte(b, '\n')
	if first < 0 {
		s.keep(b)
		return ""
	}
	s.keep(b[:first])
	last := bytes.LastIndexByte(b, '\n') + 1
	var whole strings.Builder
	whole.Grow(len(s.partial) + last - first)
	whole.Write(s.partial)
	whole.Write(b[first:last])
	s.partial = s.partial[:0]
	s.keep(b[last:])
	return whole.String()
}

// keep appends to the incomplete line.
func (s *splitter) keep(b []byte) {
	s.partial = append(s.partial, b[:min(len(b), maxPartial-len(s.partial))]...)
}

// flush returns the incomplete line, if the input does not end with a line end.
func (s *splitter) flush() string {
	rest := string(s.partial)
	s.partial = nil
	return rest
}
