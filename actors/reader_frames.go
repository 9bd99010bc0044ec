package actors

import (
	"errors"
	"sync"

	"xlattice.org/zog/internal/frame"
	"xlattice.org/zog/messages"
)

// The part of a reader that makes messages of bytes.

// intake collects Data frames in a batch.
type intake interface {
	// addData adds the first message of a frame, and addNext the one that follows it in the
	// frame. The bytes are valid until they return. If the error is errNewBatch, the message is
	// not added.
	addData(*frame.Data) error
	addNext(text []byte) error
	// takeBatch returns the batch and its weight without the bytes of its frames, or nil if there
	// are no frames.
	takeBatch() messages.Batch
}

// errNewBatch asks to take the batch before the message is added.
var errNewBatch = errors.New("a new batch begins here")

// frames are where frames are decoded to. Readers that wait for bytes need none (I6).
var frames = sync.Pool{New: func() any { return new(frame.Frame) }}

// consume delivers the complete frames in buf, and returns how many bytes it used.
func (r *reader) consume(buf []byte) (used int, err error) {
	r.frame = frames.Get().(*frame.Frame)
	defer func() {
		*r.frame = frame.Frame{} // it refers to buf
		frames.Put(r.frame)
		r.frame = nil
	}()
	for {
		n, err := r.consumeFrame(buf[used:])
		if err != nil {
			// The frames before the bad bytes are good.
			return used, errors.Join(err, r.flushBatch())
		}
		if n == 0 {
			return used, r.flushBatch()
		}
		used, r.batchBytes = used+n, r.batchBytes+int64(n)
	}
}

// consumeFrame handles the frame at the front of buf, and returns its length, or 0 if it is not
// complete.
func (r *reader) consumeFrame(buf []byte) (n int, err error) {
	body, n, err := frame.Split(buf, r.limit)
	if err != nil || n == 0 {
		return 0, r.checkOpening(buf, err)
	}
	f, data := r.frame, frame.BeginsData(body)
	weight := controlWeight + int64(n)*decodedWeight
	if !data {
		if err := r.admitControl(n, weight); err != nil {
			return 0, err
		}
	}
	if err := frame.Decode(body, f); err != nil {
		return 0, r.checkOpening(buf, err)
	}
	if len(body) > frame.ClientLimit && (f.Kind == frame.DataKind || f.Kind == frame.OkKind) {
		return 0, frame.ErrTooLong // only frames with marks may be longer
	}
	if !r.gotFrame {
		r.gotFrame = true
		if r.onFrame != nil {
			r.onFrame()
		}
	}
	switch {
	case f.Kind != frame.DataKind:
		r.deliverControl(f, weight)
		return n, nil
	case !data:
		r.releaseControl(weight)
	}
	return n, r.dataFrame(&f.Data)
}

// checkOpening returns what is wrong with bytes that are no frame, or not a complete one yet. At the
// beginning of a connection it recognises other protocols by their first bytes, and does not wait
// for bytes that cannot become a frame.
func (r *reader) checkOpening(buf []byte, err error) error {
	if r.gotFrame {
		return err
	}
	opening := frame.Opening(buf)
	var foreign frame.Foreign
	switch {
	case errors.As(opening, &foreign):
		return mismatch{violation(foreign.Error())}
	case err == nil:
		return opening
	}
	return err
}

// dataFrame adds the messages of a Data frame.
func (r *reader) dataFrame(d *frame.Data) error {
	err := r.intake.addData(d)
	if errors.Is(err, errNewBatch) {
		if err = r.flushBatch(); err == nil {
			err = r.intake.addData(d)
		}
	}
	for err == nil && d.Next() {
		err = r.nextMessage(d.Text)
	}
	return err
}

// nextMessage adds the next message of a Data frame.
func (r *reader) nextMessage(text []byte) error {
	err := r.intake.addNext(text)
	if err != nil && errors.Is(err, errNewBatch) {
		if err = r.flushBatch(); err == nil {
			err = r.intake.addNext(text)
		}
	}
	return err
}

// deliverControl delivers a frame that is not Data.
func (r *reader) deliverControl(f *frame.Frame, weight int64) {
	s := &controlFrame{conn: r.conn, credit: r.controlCredit, weight: weight}
	switch f.Kind {
	case frame.KeepAlive:
		s.frame = f.KeepAlive
	case frame.Ack:
		s.frame = f.Ack
	case frame.OkKind:
		ok := f.Ok
		s.frame = &ok
	}
	r.deliver(s)
}

// flushBatch delivers the batch, once there is a credit and memory for it, and it is its turn.
// Meanwhile nothing is read.
func (r *reader) flushBatch() error {
	weight := r.batchBytes
	r.batchBytes = 0
	b := r.intake.takeBatch()
	if b == nil {
		return nil
	}
	f := b.Common()
	f.Weight += weight
	if err := r.waitCredit(r.batchCredit); err != nil {
		return err
	}
	if err := r.waitBudget(f.Weight); err != nil {
		return err
	}
	if err := r.waitTurn(f.Weight); err != nil {
		return err
	}
	f.Credit, f.Stale = r.batchCredit, r.stale
	r.deliver(b)
	return nil
}
