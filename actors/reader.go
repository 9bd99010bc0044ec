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
	"xlattice.org/zog/internal/turns"
	"xlattice.org/zog/messages"
)

const (
	// credits is how many batches of a connection may be under way.
	credits = 8
	// The sizes, in bytes, between which a read buffer grows: ten thousand clients that
	// say little must cost little, and a busy one few system calls.
	readMin = 512
	readMax = 256 << 10
)

// reader turns the bytes of one connection into messages for the one actor
// that owns it: a batch for what Data frames one read brings, as far as they ask for
// the same and no other frame is between them, and each other frame by itself. It runs in a goroutine; the actor alone writes.
type reader struct {
	conn    net.Conn
	limit   int // of a frame, in bytes
	intake  intake
	pulse   *messages.Pulse
	onFrame func() // is told once that a whole frame has come; nil is nobody
	quota
	deliver func(any)

	batchCredit   messages.Credit // for batches
	controlCredit messages.Credit // for other frames: a flood of them must not gather either
	row           frame.RowCodec       // that the last Data frame was in, at the frame that would go on it
	frame         frame.Frame
	controlTurn   *turns.Client // our place in the lane, once we need one
	batchBytes    int64         // of the frames in the batch that gathers, in bytes
	gotFrame      bool          // a whole frame has come
	deadline      readDeadline
	stop          chan struct{}
	done          chan struct{}
}

// terms are what a client gets of what all clients share. The zero value has no limits:
// a peer is bounded by its own window.
type quota struct {
	budget       *budget.Share // for batches
	bufferBudget *budget.Share // for the read buffer, beyond the least
	batches      *fairQueue
	turn         *turns.Client
	control      *fairQueue // for frames that are not Data
}

// said is a frame that is not Data. Whoever has dealt with it returns the
// credit.
type controlFrame struct {
	conn   net.Conn
	frame  any
	credit messages.Credit
	weight int64 // on its way, see gate
}

// heldUp says that a reader waits, for its turn or for room: as long as it does the
// other side is given signs of life.
type readerPaused struct{}

// readerDied is the last thing that a reader says.
type readerEnded struct {
	conn net.Conn
	err  error // nil when the other side closed the connection between frames
	raw  []byte
}

// start begins to read, and delivers what it reads: messages.Batch, *said, *heldUp, and in
// the end a *readerDied. Whoever starts it has set what is before deliver, and must call end.
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

// run reads until the connection fails. raw is the start of what could not be
// understood.
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
			r.pulse.Beat(time.Now())
		}
		have += n
		used, err := r.consume(buf[:have])
		if err != nil {
			return excerpt(buf[used:have]), err
		}
		if used > 0 {
			r.deadline.reset()
		}
		have = copy(buf, buf[used:have])
		switch {
		case errors.Is(readErr, io.EOF) && have > 0:
			return excerpt(buf[:have]), errCut
		case errors.Is(readErr, io.EOF):
			return nil, nil
		case errors.Is(readErr, os.ErrDeadlineExceeded):
			if err := r.deadline.check(time.Now()); err != nil {
				return excerpt(buf[:have]), err
			}
			buf = r.shrink(buf, have, readMin)
		case readErr != nil:
			return nil, readErr
		default:
			buf = r.resize(buf, have, n)
		}
	}
}

// read reads behind what the buffer has. How long it waits depends on whether a frame is
// to come, and on whether the buffer is larger than one who is silent needs.
func (r *reader) read(buf []byte, have int) (int, error) {
	if until, changed := r.deadline.next(!r.gotFrame || have > 0, r.bufferBudget != nil && len(buf) > readMin); changed {
		if err := r.conn.SetReadDeadline(until); err != nil {
			return 0, err
		}
	}
	return r.conn.Read(buf[have:])
}

// fit returns a buffer that is right after a read of n bytes, with what is left of them:
// a larger one if they filled it, a smaller one if others need the memory.
func (r *reader) resize(buf []byte, have, n int) []byte {
	more := int64(len(buf))
	switch {
	case have == len(buf): // one frame has to fit: nothing can be read into a full buffer
		if !r.bufferBudget.Take(more) {
			r.bufferBudget.Force(more)
		}
	case r.bufferBudget.Over():
		return r.shrink(buf, have, len(buf)/2)
	case have+n < len(buf) || len(buf) >= readMax || !r.bufferBudget.Take(more):
		return buf
	}
	return append(buf, make([]byte, more)...)
}

// shrink returns a buffer of a size, if that is smaller and what is left fits into it.
func (r *reader) shrink(buf []byte, have, size int) []byte {
	if size = max(size, readMin); size >= len(buf) || have >= size {
		return buf
	}
	r.bufferBudget.Free(int64(len(buf) - size))
	smaller := make([]byte, size)
	copy(smaller, buf[:have])
	return smaller
}

// errCut says that a connection ended inside a frame.
const errCut violation = "cut off"

// clip copies the first bytes of what is to be shown in error.log.
func excerpt(b []byte) []byte { return append([]byte(nil), b[:min(len(b), 2<<10)]...) }
