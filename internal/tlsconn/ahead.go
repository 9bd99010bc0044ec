package tlsconn

import (
	"errors"
	"os"
	"sync"
)

// A tls.Conn returns one record a Read, and asks the connection below for little more than one.
// So a Read here goes on with what has come meanwhile: what is read together is one batch.

// ahead is what a line reads before TLS asks for it. Only Read uses it.
type ahead struct {
	now    nowReader // of the connection; nil as long as it is not needed
	came   []byte    // and TLS has not taken it
	only   bool      // TLS gets what came, and then os.ErrDeadlineExceeded
	full   bool      // the last read from the connection filled its buffer: there may be more
	inside int       // bytes of records that TLS has taken and not returned, about
	err    error     // of the connection, for the Read after this one
}

// nowReader reads what has come, without waiting. If it is nothing, n is 0 and err is nil.
type nowReader interface {
	ReadNow(b []byte) (n int, err error)
}

// noneNow is the nowReader of a connection that cannot tell what has come.
type noneNow struct{}

func (noneNow) ReadNow([]byte) (int, error) { return 0, nil }

// Read implements net.Conn, for TLS.
func (l *line) Read(b []byte) (n int, err error) {
	a := &l.ahead
	switch {
	case len(a.came) > 0:
		n = copy(b, a.came)
		a.came = a.came[n:]
	case a.only:
		return 0, os.ErrDeadlineExceeded // which TLS does not take for the end
	case a.err != nil:
		return 0, a.err
	default:
		n, err = l.Conn.Read(b)
		a.full = n == len(b)
	}
	a.inside += n
	return n, err
}

// fetch reads what has come into buf, and reports whether that is anything.
func (l *line) fetch(buf []byte) bool {
	a := &l.ahead
	if !a.full || a.err != nil {
		return false
	}
	if a.now == nil {
		a.now = readsNow(l.Conn)
	}
	n, err := a.now.ReadNow(buf)
	a.came, a.full, a.err = buf[:n], n == len(buf), err
	return n > 0
}

const (
	// overhead is how many bytes a record has beside its text: five of the header, one for the
	// type and 16 of the tag.
	overhead = 22
	// mostInside is more than TLS takes of a record whose end has not come, in bytes.
	mostInside = 17 << 10
	// leastFetched is from how many bytes on it is worth it to look for more.
	leastFetched = 4 << 10
)

// coming are buffers for what is read ahead. A Read gives its buffer back before it returns, so
// that connections that wait have none (I6).
var coming = sync.Pool{New: func() any { return new([64 << 10]byte) }}

// readOn adds to the n bytes in b, which TLS has returned, what else has come. It does not wait.
// Errors are left to the next Read.
func (c *Conn) readOn(b []byte, n int) int {
	a := &c.line.ahead
	a.returned(n)
	if a.inside == 0 && !a.full {
		return n
	}
	buf := coming.Get().(*[64 << 10]byte)
	defer func() {
		a.came, a.only = nil, false // TLS has taken all, or has failed
		coming.Put(buf)
	}()
	for a.only = true; ; {
		var ok bool
		if n, ok = c.drain(b, n); !ok {
			return n
		}
		// What TLS has and what is fetched must fit into b.
		most := min(len(buf), len(b)-n-mostInside)
		if most < leastFetched || !c.line.fetch(buf[:most]) {
			return n
		}
	}
}

// drain adds what TLS returns of what has come. ok is false if TLS has failed.
func (c *Conn) drain(b []byte, n int) (sum int, ok bool) {
	a := &c.line.ahead
	for n < len(b) && (a.inside > 0 || len(a.came) > 0) {
		more, err := c.tls.Read(b[n:])
		n += more
		if a.returned(more); err != nil {
			a.inside = 0 // it is not a whole record
			return n, errors.Is(err, os.ErrDeadlineExceeded)
		}
	}
	return n, true
}

// returned notes that TLS has returned so many bytes.
func (a *ahead) returned(n int) { a.inside = max(0, a.inside-n-overhead) }

// Backlog reports whether more had come than the last Read returned, as far as is known. It is for
// whoever calls Read.
func (c *Conn) Backlog() bool { return c.line.ahead.full || c.line.ahead.inside > 0 }
