package memnet

import (
	"net"
	"os"
	"sync"
	"time"
)

// streamSize is how many unread bytes a stream holds before a write blocks.
const streamSize = 64 << 10

// stream is one direction of a connection: a bounded buffer between a writer and a reader, which can be
// closed separately.
type stream struct {
	mu      sync.Mutex
	changed sync.Cond // of anything below
	buf     []byte
	taken   int // how much of buf was read

	writing side
	reading side
	last    error // the error of a read after the last byte; nil while there may be more
}

// side is the state of the writer or the reader of a stream.
type side struct {
	over  error     // of all further calls
	until time.Time // the deadline; zero is none
}

// blocked returns the error of a call that must not begin.
func (s *side) blocked() error {
	switch {
	case s.over != nil:
		return s.over
	case !s.until.IsZero() && !time.Now().Before(s.until):
		return os.ErrDeadlineExceeded
	}
	return nil
}

func newStream() *stream {
	s := new(stream)
	s.changed.L = &s.mu
	return s
}

func (s *stream) read(b []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for {
		if err := s.reading.blocked(); err != nil {
			return 0, err
		}
		if s.taken < len(s.buf) || len(b) == 0 {
			return s.get(b), nil
		}
		if s.last != nil {
			return 0, s.last
		}
		s.wait(&s.reading)
	}
}

// readNow is as read, but does not wait, and leaves the end of the stream to read.
func (s *stream) readNow(b []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.reading.blocked(); err != nil || s.taken == len(s.buf) {
		return 0, err
	}
	return s.get(b), nil
}

// get moves bytes into b, and wakes writers that wait for room.
func (s *stream) get(b []byte) int {
	n := copy(b, s.buf[s.taken:])
	s.taken += n
	if s.taken == len(s.buf) {
		s.buf, s.taken = s.buf[:0], 0
	}
	s.changed.Broadcast()
	return n
}

func (s *stream) write(b []byte) (n int, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for {
		if err := s.writing.blocked(); err != nil {
			return n, err
		}
		n += s.put(b[n:])
		if n == len(b) {
			return n, nil
		}
		s.wait(&s.writing)
	}
}

// put appends as much of b as there is room for. It moves the unread bytes to the front when the buffer
// would grow otherwise.
func (s *stream) put(b []byte) int {
	n := min(len(b), streamSize-(len(s.buf)-s.taken))
	if n == 0 {
		return 0
	}
	if s.taken > 0 && len(s.buf)+n > cap(s.buf) {
		s.buf, s.taken = s.buf[:copy(s.buf, s.buf[s.taken:])], 0
	}
	s.buf = append(s.buf, b[:n]...)
	s.changed.Broadcast()
	return n
}

// wait waits until something changes, or until the deadline of a side. The timer takes the lock, so
// that it cannot fire before Wait.
func (s *stream) wait(who *side) {
	if !who.until.IsZero() {
		alarm := time.AfterFunc(time.Until(who.until), func() {
			s.mu.Lock()
			defer s.mu.Unlock()
			s.changed.Broadcast()
		})
		defer alarm.Stop()
	}
	s.changed.Wait()
}

// closeWrite closes the writing side: writes fail with over, and reads with last after what is buffered. It
// returns net.ErrClosed if the writer has closed before.
func (s *stream) closeWrite(over, last error) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.writing.over == net.ErrClosed {
		return net.ErrClosed
	}
	s.writing.over, s.last = over, last
	s.changed.Broadcast()
	return nil
}

// closeRead closes the reading side and drops what is buffered: reads fail with over, and writes with deaf,
// unless the writer has closed. It returns net.ErrClosed if the reader has closed before.
func (s *stream) closeRead(over, deaf error) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.reading.over == net.ErrClosed {
		return net.ErrClosed
	}
	s.reading.over = over
	s.buf, s.taken = nil, 0
	if s.writing.over == nil {
		s.writing.over = deaf
	}
	s.changed.Broadcast()
	return nil
}

func (s *stream) readUntil(t time.Time) error  { return s.setUntil(&s.reading, t) }
func (s *stream) writeUntil(t time.Time) error { return s.setUntil(&s.writing, t) }

func (s *stream) setUntil(who *side, t time.Time) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if who.over == net.ErrClosed {
		return net.ErrClosed
	}
	who.until = t
	s.changed.Broadcast()
	return nil
}
