package tlsconn

import (
	"errors"
	"net"
	"os"
	"sync"
)

// line is the connection below TLS. It never returns an error to TLS because a deadline has
// passed: TLS would be unusable. What could not be written stays in rest.
type line struct {
	net.Conn

	mu      sync.Mutex
	rest    []byte // records that are to be written
	collect bool   // records are added to rest, and flush writes them together
}

// Write implements net.Conn, for TLS.
func (l *line) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.rest = append(l.rest, b...)
	if l.collect {
		return len(b), nil
	}
	if err := l.write(); err != nil && !errors.Is(err, os.ErrDeadlineExceeded) {
		return 0, err
	}
	return len(b), nil
}

// setCollect says whether records are collected until flush.
func (l *line) setCollect(collect bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.collect = collect
}

// flush writes what was collected. After an error the rest is still there.
func (l *line) flush() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.write()
}

// maxKept is the size of a buffer that is kept while it is empty, in bytes.
const maxKept = 4 << 10

func (l *line) write() error {
	if len(l.rest) == 0 {
		return nil
	}
	n, err := l.Conn.Write(l.rest)
	if l.rest = l.rest[:copy(l.rest, l.rest[n:])]; len(l.rest) == 0 && cap(l.rest) > maxKept {
		l.rest = nil
	}
	return err
}
