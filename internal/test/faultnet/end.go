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

// pair identifies a connection by its addresses.
type pair struct{ dialled, accepted netip.AddrPort }

// connection is what the ends of a connection share. One of them may be outside of the Net.
type connection struct {
	number uint64
	ends   int
}

// end is one end of a connection. Its pump writes the bytes of its queue to the base. It reads from the
// base directly.
type end struct {
	base    net.Conn
	net     *Net
	host    *Endpoint
	link    *link // from us to the peer
	pair    pair
	number  uint64
	dialled bool
	wake    chan struct{} // wakes the pump
	room    chan struct{} // wakes Write
	reading chan struct{} // lock of Read
	writing chan struct{} // lock of Write
	over    chan struct{} // closed when err is set
	framer  framer        // guarded by writing

	mu          sync.Mutex
	queue       queue
	tail        []byte    // what the framer holds between two calls of Write
	closed      bool      // Close was called
	err         error     // of every call
	writeErr    error     // of Write
	until       time.Time // the deadline of Write
	life        life
	retransmit  retransmit // of the head of the queue
	interrupted bool       // the base has a write deadline in the past, to wake the pump
}

// life is the state of an end, for its pump.
type life uint8

const (
	alive  life = iota
	orphan      // the host has no power: nothing is sent
	gone        // the base is closed
)

var past = time.Unix(1, 0)

func (e *end) LocalAddr() net.Addr  { return e.base.LocalAddr() }
func (e *end) RemoteAddr() net.Addr { return e.base.RemoteAddr() }

// Read blocks while the host is paused, also after it has read from the base.
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

// failWrites makes Write fail from now on, as the base would. The caller must not hold mu.
func (e *end) failWrites(err error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.writeErr == nil {
		e.writeErr = cause(err)
	}
}

// awake waits until the host is not paused, and returns the error of the end.
func (e *end) awake() error {
	e.host.awaitResume(e.over)
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.err
}

// fail makes every call fail from now on, and wakes Read. It returns false if the end has failed
// before. It does not close the base. The caller holds mu.
func (e *end) fail(err error) bool {
	if e.err != nil {
		return false
	}
	e.err = err
	close(e.over)
	_ = e.base.SetReadDeadline(past) // fails only where Read fails too
	return true
}

// CloseWrite closes the writing side: the peer reads what was written, and then io.EOF.
func (e *end) CloseWrite() error {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.err != nil {
		return explain("close", e, e.err)
	}
	e.finish(fin)
	return nil
}

// finish puts what the framer holds, and then the mark that ends the direction, into the queue. The
// caller holds mu.
func (e *end) finish(m mark) {
	if e.writeErr == nil {
		e.writeErr = syscall.EPIPE
		e.enqueue(e.tail, m, time.Now())
	} else {
		e.enqueue(nil, m, time.Now())
	}
	e.tail = nil
}

// Close returns at once. What was written before is still sent.
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

// notify wakes a receiver of the channel, also one that receives later.
func notify(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}
