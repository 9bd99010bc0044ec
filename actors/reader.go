package actors

import (
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"time"

	"xlattice.org/zog/internal/budget"
	"xlattice.org/zog/internal/frame"
	"xlattice.org/zog/internal/tlsconn"
	"xlattice.org/zog/internal/turns"
	"xlattice.org/zog/messages"
)

const (
	// credits is how many batches of a connection may be under way.
	credits = 8
	// readMin and readMax are the sizes between which a read buffer grows, in bytes: ten thousand
	// clients that send little must use little memory, and a busy one few system calls.
	readMin = 512
	readMax = 256 << 10
)

// reader turns the bytes of one connection into messages for the actor that owns it: a batch for
// the Data frames of one read, if they ask for the same and no other frame is between them, and a
// controlFrame for each other frame. It runs in a goroutine of its own. Only the actor writes to
// the connection.
type reader struct {
	conn    net.Conn
	limit   int // of a frame, in bytes
	intake  intake
	pulse   *messages.Pulse
	stops   *stops         // nil for peers
	onFrame func()         // is called once, when the first complete frame has come; nil is allowed
	holder  func() *holder // of a client's certificate, once something has come; nil is allowed
	quota
	deliver func(any)

	batchCredit   messages.Credit // for batches
	controlCredit messages.Credit // for other frames, which must not pile up either
	frame         *frame.Frame    // from frames, while bytes are consumed
	controlTurn   *turns.Client   // in quota.control, made when it is needed
	batchBytes    int64           // of the frames in the batch that is being collected
	gotFrame      bool            // a complete frame has come
	stale         bool            // the batch that is being collected may have been sent during a stop
	deadline      readDeadline
	stop          chan struct{}
	done          chan struct{}
}

// quota is what a client may use of what all clients share. The zero value sets no limits: a peer
// is limited by its own window.
type quota struct {
	budget       *budget.Share // for batches
	bufferBudget *budget.Share // for a read buffer of more than readMin
	batches      *fairQueue
	turn         *turns.Client
	control      *fairQueue  // for frames that are not Data
	controlFlow  *turns.Flow // of the client; nil if this is its only connection
}

// controlFrame is a frame that is not Data. The actor that has dealt with it returns the credit.
type controlFrame struct {
	conn   net.Conn
	frame  any
	credit messages.Credit
	weight int64 // in quota.batches, in bytes
}

// readerPaused says that a reader waits for its turn, for memory or for a credit. Meanwhile the
// actor sends signs of life.
type readerPaused struct{}

// readerEnded is the last message of a reader.
type readerEnded struct {
	conn net.Conn
	err  error  // nil if the other side closed the connection between frames
	raw  []byte // the beginning of what could not be decoded
}

// start begins to read. It delivers a messages.Batch, *controlFrame or *readerPaused at a time,
// and in the end a *readerEnded. The fields before deliver are set before. The caller must call
// end.
func (r *reader) start(deliver func(any)) {
	r.prepare(deliver)
	go func() {
		defer close(r.done)
		raw, err := r.run()
		deliver(&readerEnded{conn: r.conn, err: err, raw: raw})
	}()
}

func (r *reader) prepare(deliver func(any)) {
	r.deliver = deliver
	r.batchCredit, r.controlCredit = make(messages.Credit, credits), make(messages.Credit, credits)
	r.stop, r.done = make(chan struct{}), make(chan struct{})
}

// end closes the connection and waits for the reader.
func (r *reader) end() {
	close(r.stop)
	r.conn.Close()
	<-r.done
}

// run reads until the connection fails. raw is the beginning of what could not be decoded.
func (r *reader) run() (raw []byte, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("reader: %v", p)
		}
		r.bufferBudget.End()
	}()
	buf, have := make([]byte, readMin), 0
	for {
		n, readErr := r.read(buf, have)
		if n > 0 {
			now := time.Now()
			r.pulse.Beat(now)
			r.stale = r.stops.stale(now)
			r.meet()
		}
		have += n
		used, err := r.consume(buf[:have])
		if err != nil && !r.gotFrame && tlsconn.IsTLS(buf[:have]) {
			r.skipHello(have == len(buf))
		}
		if err != nil {
			return r.excerpt(buf[used:have]), err
		}
		if used > 0 {
			r.deadline.reset()
		}
		have = copy(buf, buf[used:have])
		switch {
		case errors.Is(readErr, io.EOF) && have > 0:
			return r.excerpt(buf[:have]), errCut
		case errors.Is(readErr, io.EOF):
			return nil, nil
		case errors.Is(readErr, os.ErrDeadlineExceeded):
			if err := r.deadline.check(time.Now()); err != nil {
				return r.excerpt(buf[:have]), err
			}
			buf = r.shrink(buf, have, readMin)
		case readErr != nil:
			return nil, readErr
		default:
			buf = r.resize(buf, have, n)
		}
	}
}

// meet finds out, when the first bytes have come, whose connection it is: then the handshake is done.
func (r *reader) meet() {
	if r.holder != nil {
		r.join(r.holder())
		r.holder = nil
	}
}

// skipHello reads the rest of what a side says that speaks TLS. If the connection was closed before,
// that side could lose why.
func (r *reader) skipHello(more bool) {
	if more {
		_, _ = r.conn.Read(make([]byte, 4<<10))
	}
}

// read reads into the rest of the buffer. The deadline depends on whether a frame is expected, and
// on whether the buffer is larger than that of an idle connection.
func (r *reader) read(buf []byte, have int) (int, error) {
	if until, changed := r.deadline.next(!r.gotFrame || have > 0, r.bufferBudget != nil && len(buf) > readMin); changed {
		if err := r.conn.SetReadDeadline(until); err != nil {
			return 0, err
		}
	}
	return r.conn.Read(buf[have:])
}

// resize returns a buffer for the next read, after a read of n bytes: a larger one if they filled
// the buffer, a smaller one if others need the memory. It keeps the bytes that are not used yet.
func (r *reader) resize(buf []byte, have, n int) []byte {
	more := int64(len(buf))
	switch {
	case have == len(buf): // nothing can be read into a full buffer, and one frame must fit
		if !r.bufferBudget.Take(more) {
			r.bufferBudget.Force(more)
		}
	case r.bufferBudget.Over():
		return r.shrink(buf, have, len(buf)/2)
	case have+n < len(buf) && !r.backlog(have+n >= len(buf)/2) || len(buf) >= readMax || !r.bufferBudget.Take(more):
		return buf
	}
	return append(buf, make([]byte, more)...)
}

// backlog tells whether more had come than was read into a buffer that is half full. With TLS a
// buffer is seldom full, as records are not read in parts.
func (r *reader) backlog(half bool) bool {
	secure, ok := r.conn.(*tlsconn.Conn)
	return ok && half && secure.Backlog()
}

// shrink returns a smaller buffer, if the bytes that are not used yet fit into it.
func (r *reader) shrink(buf []byte, have, size int) []byte {
	if size = max(size, readMin); size >= len(buf) || have >= size {
		return buf
	}
	r.bufferBudget.Free(int64(len(buf) - size))
	smaller := make([]byte, size)
	copy(smaller, buf[:have])
	return smaller
}

// errCut is why a connection ends within a frame.
const errCut violation = "cut off"

// maxOpening is how many bytes error.log shows of a connection without a whole frame, such as one that
// speaks another protocol.
const maxOpening = 64

// excerpt copies the beginning of bytes of the connection that error.log is to show.
func (r *reader) excerpt(b []byte) []byte {
	if !r.gotFrame {
		b = b[:min(len(b), maxOpening)]
	}
	return excerpt(b)
}

// excerpt copies the beginning of bytes that error.log is to show.
func excerpt(b []byte) []byte { return append([]byte(nil), b[:min(len(b), 2<<10)]...) }
