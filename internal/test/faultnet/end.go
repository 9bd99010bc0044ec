package faultnet

import (
	"errors"
	"io"
	"net"
	"net/netip"
	"os"
	"sync"
	"syscall"
	"time"
)

// pair names a connection by its addresses, that of the dialler first.
type pair struct{ dialled, accepted netip.AddrPort }

// connection is what the two ends of a connection have in common, as far as the
// Net has them.
type connection struct {
	number uint64
	ends   int
}

// end is one end of a connection. Its bytes go through the queue, from where
// its pump takes them to the base; it reads from the base directly.
type end struct {
	base    net.Conn
	net     *Net
	host    *Endpoint
	link    *link // from us to the peer
	pair    pair
	number  uint64
	dialled bool
	wake    chan struct{} // to the pump: look again
	room    chan struct{} // to who writes: look again
	reading chan struct{} // held by who reads
	writing chan struct{} // held by who writes
	over    chan struct{} // closed when err is set
	framer  framer        // of who writes

	mu          sync.Mutex
	queue       queue
	tail        []byte    // what the framer holds while nobody writes
	closed      bool      // Close was called
	err         error     // what every call fails with
	writeErr    error     // what Write fails with
	until       time.Time // the deadline of Write
	life        life
	retransmit  retransmit // of the head of the queue
	interrupted bool       // the base has a deadline in the past, so that the pump looks up
}

// life is what the pump has to know of its end.
type life uint8

const (
	alive  life = iota
	orphan      // the host is without power: nothing goes out until it has it again
	gone        // the base is closed
)

var past = time.Unix(1, 0)

func (e *end) LocalAddr() net.Addr  { return e.base.LocalAddr() }
func (e *end) RemoteAddr() net.Addr { return e.base.RemoteAddr() }

// Read waits while the host is paused, also with what it has read.
func (e *end) Read(b []byte) (int, error) {
	select {
	case e.reading <- struct{}{}:
	case <-e.over:
		return 0, explain("read", e, e.awake())
	}
	defer func() { <-e.reading }()
	if err := e.awake(); err != nil {
		return 0, explain("read", e, err)
	}
	n, err := e.base.Read(b)
	if stop := e.awake(); stop != nil {
		return 0, explain("read", e, stop)
	}
	if err != nil && err != io.EOF && !errors.Is(err, os.ErrDeadlineExceeded) {
		e.failWrites(err)
	}
	return n, err
}

// failWrites lets Write fail from now on, as the base would. The mutex is not held.
func (e *end) failWrites(err error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.writeErr == nil {
		e.writeErr = cause(err)
	}
}

// awake returns when the host is not paused, with the error of the end.
func (e *end) awake() error {
	e.host.awaitResume(e.over)
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.err
}

// fail lets every call fail from now on; it is for the holder of the mutex, and
// false if another error was first. The base stays, only who reads it is woken.
func (e *end) fail(err error) bool {
	if e.err != nil {
		return false
	}
	e.err = err
	close(e.over)
	_ = e.base.SetReadDeadline(past) // fails only where Read fails too
	return true
}

// CloseWrite lets the peer read what was written, and then io.EOF.
func (e *end) CloseWrite() error {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.err != nil {
		return explain("close", e, e.err)
	}
	e.finish(fin)
	return nil
}

// finish puts the last of a direction into the queue, what was held back first.
// It is for the holder of the mutex.
func (e *end) finish(m mark) {
	if e.writeErr == nil {
		e.writeErr = syscall.EPIPE
		e.enqueue(e.tail, m, time.Now())
	} else {
		e.enqueue(nil, m, time.Now())
	}
	e.tail = nil
}

// Close returns at once. What was written still goes its way.
func (e *end) Close() error {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.closed {
		return explain("close", e, net.ErrClosed)
	}
	e.closed = true
	if e.fail(net.ErrClosed) {
		e.finish(closing)
	} else {
		e.err = net.ErrClosed
	}
	return nil
}

func (e *end) SetDeadline(t time.Time) error {
	return errors.Join(e.SetReadDeadline(t), e.SetWriteDeadline(t))
}

func (e *end) SetReadDeadline(t time.Time) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.err != nil {
		return explain("set", e, e.err)
	}
	return e.base.SetReadDeadline(t)
}

func (e *end) SetWriteDeadline(t time.Time) error {
	defer notify(e.room)
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.err != nil {
		return explain("set", e, e.err)
	}
	e.until = t
	return nil
}

// notify wakes who waits for the channel, now or the next time.
func notify(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}
