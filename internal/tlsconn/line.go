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
	ahead ahead

	mu      sync.Mutex
	rest    []byte  // records that are to be written
	pooled  *[]byte // the memory of rest, if it is from pieces
	collect bool    // records are added to rest, and flush writes them together
}

// pieces are for the records of one piece of a large write. A connection has one while they are not
// written.
var pieces = sync.Pool{New: func() any {
	b := make([]byte, 0, writePiece+writePiece/maxRecord*overhead)
	return &b
}}

// maxRecord is how many bytes of text a record has at the most.
const maxRecord = 16 << 10

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

// begin has records of so many bytes of text collected until end.
func (l *line) begin(text int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.collect = true
	if len(l.rest) == 0 && text > maxKept {
		l.pooled = pieces.Get().(*[]byte)
		l.rest = (*l.pooled)[:0]
	}
}

// end ends what begin has begun.
func (l *line) end() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.collect = false
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
		l.release()
	}
	return err
}

// release gives the memory of rest away.
func (l *line) release() {
	if l.pooled != nil {
		pieces.Put(l.pooled)
	}
	l.rest, l.pooled = nil, nil
}
