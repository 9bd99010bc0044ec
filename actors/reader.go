package actors

import (
	"errors"
	"fmt"
	"io"
	"net"
	"time"

	"github.com/asynkron/protoactor-go/actor"

	"xlattice.org/zog/internal/frame"
	"xlattice.org/zog/messages"
)

const (
	// credits is how many batches of a connection may be under way.
	credits = 8
	// The sizes, in bytes, between which a read buffer grows: ten thousand clients that
	// say little must cost little, and a busy one few system calls.
	readMin = 4 << 10
	readMax = 256 << 10
)

// reader turns the bytes of one connection into messages for the one actor
// that owns it: a batch for what Data frames one read brings, as far as they ask for
// the same and no other frame is between them, and each other frame by itself. It runs in a goroutine; the actor alone writes.
type reader struct {
	conn   net.Conn
	limit  int // of a frame, in bytes
	intake intake
	pulse  *messages.Pulse
	credit messages.Credit // for batches
	calm   messages.Credit // for other frames: a flood of them must not gather either
	row    frame.Row       // that the last Data frame was in, at the frame that would go on it
	frame  frame.Frame
	stop   chan struct{}
	done   chan struct{}
}

// said is a frame that is not Data. Whoever has dealt with it returns the
// credit.
type said struct {
	conn   net.Conn
	frame  any
	credit messages.Credit
}

// intake gathers Data frames into a batch.
type intake interface {
	// data takes a frame, and next one that goes on its row: it is given only the
	// text of it. What they alias is gone when they return.
	data(*frame.Data) error
	next(text []byte) error
	// batch returns what has gathered, or nil.
	batch() *messages.Batch
}

// readerDied is the last thing that a reader says.
type readerDied struct {
	conn net.Conn
	err  error // nil when the other side closed the connection between frames
	raw  []byte
}

// startReader begins to read, and delivers what it reads: *messages.Batch,
// *said, and in the end a *readerDied. Who started it must call end.
func startReader(conn net.Conn, limit int, in intake, pulse *messages.Pulse, deliver func(any)) *reader {
	r := &reader{
		conn: conn, limit: limit, intake: in, pulse: pulse,
		credit: make(messages.Credit, credits),
		calm:   make(messages.Credit, credits),
		stop:   make(chan struct{}),
		done:   make(chan struct{}),
	}
	go func() {
		defer close(r.done)
		raw, err := r.run(deliver)
		deliver(&readerDied{conn: conn, err: err, raw: raw})
	}()
	return r
}

// toSelf delivers to the actor itself.
func toSelf(ctx actor.Context) func(any) {
	root, self := ctx.ActorSystem().Root, ctx.Self()
	return func(m any) { root.Send(self, m) }
}

// alarm sends m to the actor itself after a time. Who sets one stops it. It is never due
// at once: in virtual time such a timer fires within the call, and two that do so in
// parallel crash the race detector of Go 1.26.
func alarm(ctx actor.Context, after time.Duration, m any) *time.Timer {
	deliver := toSelf(ctx)
	return time.AfterFunc(max(after, time.Nanosecond), func() { deliver(m) })
}

// disarm stops alarms. One that is nil was not set.
func disarm(alarms ...*time.Timer) {
	for _, t := range alarms {
		if t != nil {
			t.Stop()
		}
	}
}

// end closes the connection and waits for the reader.
func (r *reader) end() {
	close(r.stop)
	r.conn.Close()
	<-r.done
}

// errStopped says that end was called.
var errStopped = errors.New("stopped")

// run reads until the connection fails. raw is the start of what could not be
// understood.
func (r *reader) run(deliver func(any)) (raw []byte, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("reader: %v", p)
		}
	}()
	buf, have := make([]byte, readMin), 0
	for {
		n, readErr := r.conn.Read(buf[have:])
		if n > 0 {
			r.pulse.Beat(time.Now())
		}
		have += n
		used, err := r.frames(buf[:have], deliver)
		if err != nil {
			return clip(buf[used:have]), err
		}
		have = copy(buf, buf[used:have])
		switch {
		case errors.Is(readErr, io.EOF) && have > 0:
			return clip(buf[:have]), errCut
		case errors.Is(readErr, io.EOF):
			return nil, nil
		case readErr != nil:
			return nil, readErr
		case have+n >= len(buf) && len(buf) < readMax:
			buf = append(buf, make([]byte, len(buf))...)
		}
	}
}

// errCut says that a connection ended inside a frame.
const errCut violation = "cut off"

// clip copies the first bytes of what is to be shown in error.log.
func clip(b []byte) []byte { return append([]byte(nil), b[:min(len(b), 2<<10)]...) }

// frames delivers the whole frames in buf, and returns how many bytes it used.
func (r *reader) frames(buf []byte, deliver func(any)) (used int, err error) {
	for {
		n, err := r.take(buf[used:], deliver)
		if err != nil {
			// What came before the bad bytes is good.
			return used, errors.Join(err, r.flush(deliver))
		}
		if n == 0 {
			return used, r.flush(deliver)
		}
		used += n
	}
}

// take takes the frame at the front of buf, and returns how many bytes it is, or 0 if
// it is not there as a whole. Most are the next of a row: they need not be decoded.
func (r *reader) take(buf []byte, deliver func(any)) (n int, err error) {
	if text, n, ok := r.row.Next(buf); ok && n <= frame.ClientLimit {
		r.row.Advance()
		return n, r.next(text, deliver)
	}
	body, n, err := frame.Split(buf, r.limit)
	if err != nil || n == 0 {
		return 0, err
	}
	f := &r.frame
	if err := frame.Decode(body, f); err != nil {
		return 0, err
	}
	if len(body) > frame.ClientLimit && (f.Kind == frame.DataKind || f.Kind == frame.OkKind) {
		return 0, frame.ErrTooLong // only vectors of marks need the peer port's limit
	}
	if f.Kind != frame.DataKind {
		return n, r.control(f, deliver)
	}
	return n, r.data(&f.Data, deliver)
}

// next takes the text of a frame that is the next of a row.
func (r *reader) next(text []byte, deliver func(any)) error {
	err := r.intake.next(text)
	if err != nil && errors.Is(err, errNewBatch) {
		if err = r.flush(deliver); err == nil {
			err = r.intake.next(text)
		}
	}
	return err
}

// data takes a Data frame, with which a row may begin.
func (r *reader) data(d *frame.Data, deliver func(any)) error {
	err := r.intake.data(d)
	if errors.Is(err, errNewBatch) {
		if err = r.flush(deliver); err == nil {
			err = r.intake.data(d)
		}
	}
	if err == nil {
		r.row = frame.NewRow(d)
		r.row.Advance()
	}
	return err
}

// control delivers a frame that is not Data, behind the Data before it.
func (r *reader) control(f *frame.Frame, deliver func(any)) error {
	if err := r.flush(deliver); err != nil {
		return err
	}
	if err := r.lend(r.calm); err != nil {
		return err
	}
	s := &said{conn: r.conn, credit: r.calm}
	switch f.Kind {
	case frame.KeepAlive:
		s.frame = f.KeepAlive
	case frame.Ack:
		s.frame = f.Ack
	case frame.OkKind:
		ok := f.Ok
		s.frame = &ok
	}
	deliver(s)
	return nil
}

// lend takes a credit, once there is one.
func (r *reader) lend(credit messages.Credit) error {
	select {
	case credit <- struct{}{}:
		return nil
	default:
		return r.await(credit)
	}
}

// await waits for a credit. Meanwhile the socket is not read: the other side is not
// silent, we do not listen.
func (r *reader) await(credit messages.Credit) error {
	r.pulse.SetHolding(true)
	defer r.pulse.SetHolding(false)
	select {
	case credit <- struct{}{}:
		r.pulse.Beat(time.Now())
		return nil
	case <-r.stop:
		return errStopped
	}
}

// flush delivers the batch that has gathered, once there is a credit for it.
// A full window of credits stops the reading.
func (r *reader) flush(deliver func(any)) error {
	b := r.intake.batch()
	if b == nil {
		return nil
	}
	if err := r.lend(r.credit); err != nil {
		return err
	}
	b.Credit = r.credit
	deliver(b)
	return nil
}
