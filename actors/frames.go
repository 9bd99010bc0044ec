package actors

import (
	"errors"
	"time"

	"xlattice.org/zog/internal/frame"
	"xlattice.org/zog/messages"
)

// What a reader makes of the bytes that have come.

// intake gathers Data frames into a batch.
type intake interface {
	// data takes a frame, and next one that goes on its row: it is given only the
	// text of it. What they alias is gone when they return. With errNewBatch the frame is
	// not taken.
	data(*frame.Data) error
	next(text []byte) error
	// batch returns what has gathered, with what it weighs beside the bytes of its
	// frames, or nil.
	batch() messages.Batch
}

// errNewBatch asks for the batch so far to be taken away before this frame.
var errNewBatch = errors.New("a new batch begins here")

// frames delivers the whole frames in buf, and returns how many bytes it used.
func (r *reader) frames(buf []byte) (used int, err error) {
	for {
		n, err := r.take(buf[used:])
		if err != nil {
			// What came before the bad bytes is good.
			return used, errors.Join(err, r.flush())
		}
		if n == 0 {
			return used, r.flush()
		}
		used, r.weight = used+n, r.weight+int64(n)
	}
}

// take takes the frame at the front of buf, and returns how many bytes it is, or 0 if
// it is not there as a whole. Most are the next of a row: they need not be decoded.
func (r *reader) take(buf []byte) (n int, err error) {
	if text, n, ok := r.row.Next(buf); ok && n <= frame.ClientLimit {
		r.row.Advance()
		return n, r.next(text)
	}
	body, n, err := frame.Split(buf, r.limit)
	if err != nil || n == 0 {
		return 0, r.opening(buf, err)
	}
	f, data := &r.frame, frame.BeginsData(body)
	weight := saidWeight + int64(n)*decodedWeight
	if !data {
		if err := r.admit(n, weight); err != nil {
			return 0, err
		}
	}
	if err := frame.Decode(body, f); err != nil {
		return 0, r.opening(buf, err)
	}
	if len(body) > frame.ClientLimit && (f.Kind == frame.DataKind || f.Kind == frame.OkKind) {
		return 0, frame.ErrTooLong // only vectors of marks need the peer port's limit
	}
	if !r.begun {
		r.begun = true
		if r.spoke != nil {
			r.spoke()
		}
	}
	switch {
	case f.Kind != frame.DataKind:
		r.control(f, weight)
		return n, nil
	case !data:
		r.dismiss(weight)
	}
	return n, r.data(&f.Data)
}

// opening returns what is wrong with bytes that are no frame, or no whole one yet. At the
// beginning of a connection another protocol is known by its first bytes, and what can
// become no frame is not waited for.
func (r *reader) opening(buf []byte, err error) error {
	if r.begun {
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
func (r *reader) next(text []byte) error {
	err := r.intake.next(text)
	if err != nil && errors.Is(err, errNewBatch) {
		if err = r.flush(); err == nil {
			err = r.intake.next(text)
		}
	}
	return err
}

// data takes a Data frame, with which a row may begin.
func (r *reader) data(d *frame.Data) error {
	err := r.intake.data(d)
	if errors.Is(err, errNewBatch) {
		if err = r.flush(); err == nil {
			err = r.intake.data(d)
		}
	}
	if err == nil {
		r.row = frame.NewRow(d)
		r.row.Advance()
	}
	return err
}

// admit lets a frame in that is not Data, behind the Data before it. To decode it takes
// time, and far more memory than its bytes: so it waits for its turn before that.
func (r *reader) admit(bytes int, weight int64) error {
	if err := r.flush(); err != nil {
		return err
	}
	if err := r.slow(bytes); err != nil {
		return err
	}
	if err := r.lend(r.calm); err != nil {
		return err
	}
	return r.pass(weight)
}

// dismiss takes back that a frame was let in: it is Data, behind fields that are not known.
func (r *reader) dismiss(weight int64) {
	r.calm.Return()
	if r.gate != nil {
		r.gate.leave(r.turn, weight)
	}
}

// control delivers a frame that is not Data, and was let in.
func (r *reader) control(f *frame.Frame, weight int64) {
	s := &said{conn: r.conn, credit: r.calm, weight: weight}
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
func (r *reader) flush() error {
	weight := r.weight
	r.weight = 0
	b := r.intake.batch()
	if b == nil {
		return nil
	}
	f := b.Common()
	f.Weight += weight
	if err := r.lend(r.credit); err != nil {
		return err
	}
	if err := r.afford(f.Weight); err != nil {
		return err
	}
	if err := r.pass(f.Weight); err != nil {
		return err
	}
	f.Credit = r.credit
	r.deliver(b)
	return nil
}

// What a message, a row, and a text that is refused take in bytes beside the frames that
// they came in: of memory, with the answer to the last, and of time.
const (
	messageWeight = 32
	saidWeight    = 256 // of a frame that is not Data
	decodedWeight = 8   // of each byte of such a frame: marks are larger in memory
	rowWeight     = 128
	refusedWeight = 256
)

// lend takes a credit, once there is one.
func (r *reader) lend(credit messages.Credit) error {
	select {
	case credit <- struct{}{}:
		return nil
	default:
		return r.hold(credit, nil, nil)
	}
}

// afford takes of the client's share, once there is room in it. Where there is none, the
// share holds something that will be given back; or others leave more of what all share.
func (r *reader) afford(weight int64) error {
	if r.share.Take(weight) {
		return nil
	}
	return r.hold(nil, r.share.Freed(), func() bool { return r.share.Take(weight) })
}

// pass lets so much through the gate.
func (r *reader) pass(weight int64) error {
	if r.gate == nil || r.gate.ask(r.turn, weight, time.Now()) {
		return nil
	}
	return r.hold(nil, r.turn.Turn, nil)
}

// hold waits until it can lend a credit, or something is ready; the other is nil. If there
// is a try it has to succeed then, and it is also made every half second. Meanwhile
// the socket is not read: the other side is not silent, we do not listen.
func (r *reader) hold(credit messages.Credit, ready <-chan struct{}, try func() bool) error {
	r.pulse.SetHolding(true)
	defer r.pulse.SetHolding(false)
	sign := time.NewTicker(signOfLife)
	defer sign.Stop()
	for done := false; !done; {
		select {
		case credit <- struct{}{}:
			done = true
		case <-ready:
			done = try == nil || try()
		case <-sign.C:
			r.deliver(&heldUp{})
			done = try != nil && try()
		case <-r.stop:
			return errStopped
		}
	}
	r.pulse.Beat(time.Now())
	r.wait.anew()
	return nil
}
