package actors

import (
	"errors"

	"xlattice.org/zog/internal/frame"
	"xlattice.org/zog/messages"
)

// What a reader makes of the bytes that have come.

// intake gathers Data frames into a batch.
type intake interface {
	// data takes a frame, and next one that goes on its row: it is given only the
	// text of it. What they alias is gone when they return. With errNewBatch the frame is
	// not taken.
	addData(*frame.Data) error
	addNext(text []byte) error
	// batch returns what has gathered, with what it weighs beside the bytes of its
	// frames, or nil.
	takeBatch() messages.Batch
}

// errNewBatch asks for the batch so far to be taken away before this frame.
var errNewBatch = errors.New("a new batch begins here")

// frames delivers the whole frames in buf, and returns how many bytes it used.
func (r *reader) consume(buf []byte) (used int, err error) {
	for {
		n, err := r.consumeFrame(buf[used:])
		if err != nil {
			// What came before the bad bytes is good.
			return used, errors.Join(err, r.flushBatch())
		}
		if n == 0 {
			return used, r.flushBatch()
		}
		used, r.batchBytes = used+n, r.batchBytes+int64(n)
	}
}

// take takes the frame at the front of buf, and returns how many bytes it is, or 0 if
// it is not there as a whole. Most are the next of a row: they need not be decoded.
func (r *reader) consumeFrame(buf []byte) (n int, err error) {
	if text, n, ok := r.row.Next(buf); ok && n <= frame.ClientLimit {
		r.row.Advance()
		return n, r.rowFrame(text)
	}
	body, n, err := frame.Split(buf, r.limit)
	if err != nil || n == 0 {
		return 0, r.checkOpening(buf, err)
	}
	f, data := &r.frame, frame.BeginsData(body)
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
		return 0, frame.ErrTooLong // only vectors of marks need the peer port's limit
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

// opening returns what is wrong with bytes that are no frame, or no whole one yet. At the
// beginning of a connection another protocol is known by its first bytes, and what can
// become no frame is not waited for.
func (r *reader) checkOpening(buf []byte, err error) error {
	if r.gotFrame {
		return err
	}
	judged := frame.Opening(buf)
	var foreign frame.Foreign
	switch {
	case errors.As(judged, &foreign):
		return violation(foreign.Error())
	case err == nil:
		return judged
	}
	return err
}

// next takes the text of a frame that is the next of a row.
func (r *reader) rowFrame(text []byte) error {
	err := r.intake.addNext(text)
	if err != nil && errors.Is(err, errNewBatch) {
		if err = r.flushBatch(); err == nil {
			err = r.intake.addNext(text)
		}
	}
	return err
}

// data takes a Data frame, with which a row may begin.
func (r *reader) dataFrame(d *frame.Data) error {
	err := r.intake.addData(d)
	if errors.Is(err, errNewBatch) {
		if err = r.flushBatch(); err == nil {
			err = r.intake.addData(d)
		}
	}
	if err == nil {
		r.row = frame.NewRowCodec(d)
		r.row.Advance()
	}
	return err
}

// control delivers a frame that is not Data, and was let in.
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

// flush delivers the batch that has gathered, once there is a credit for it, room for
// what it takes, and it is its turn. Meanwhile nothing is read.
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
	f.Credit = r.batchCredit
	r.deliver(b)
	return nil
}
