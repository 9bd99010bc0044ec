package actors

import (
	"time"

	"xlattice.org/zog/messages"
)

// admit lets a frame in that is not Data, behind the Data before it. To decode it takes
// time, and far more memory than its bytes: so it waits for its turn before that.
func (r *reader) admitControl(bytes int, weight int64) error {
	if err := r.flushBatch(); err != nil {
		return err
	}
	if err := r.passControlQueue(bytes); err != nil {
		return err
	}
	if err := r.waitCredit(r.controlCredit); err != nil {
		return err
	}
	return r.waitTurn(weight)
}

// dismiss takes back that a frame was let in: it is Data, behind fields that are not known.
func (r *reader) releaseControl(weight int64) {
	r.controlCredit.Return()
	if r.batches != nil {
		r.batches.release(r.turn, weight)
	}
}

// lend takes a credit, once there is one.
func (r *reader) waitCredit(credit messages.Credit) error {
	select {
	case credit <- struct{}{}:
		return nil
	default:
		return r.waitPaused(credit, nil, nil)
	}
}

// afford takes of the client's share, once there is room in it. Where there is none, the
// share holds something that will be given back; or others leave more of what all share.
func (r *reader) waitBudget(weight int64) error {
	if r.budget.Take(weight) {
		return nil
	}
	return r.waitPaused(nil, r.budget.Freed(), func() bool { return r.budget.Take(weight) })
}

// pass lets so much through the gate.
func (r *reader) waitTurn(weight int64) error {
	if r.batches == nil || r.batches.acquire(r.turn, weight, time.Now()) {
		return nil
	}
	return r.waitPaused(nil, r.turn.Turn, nil)
}

// hold waits until it can lend a credit, or something is ready; the other is nil. If there
// is a try it has to succeed then, and it is also made every half second. Meanwhile
// the socket is not read: the other side is not silent, we do not listen.
func (r *reader) waitPaused(credit messages.Credit, ready <-chan struct{}, try func() bool) error {
	r.pulse.SetHolding(true)
	defer r.pulse.SetHolding(false)
	sign := time.NewTicker(signInterval)
	defer sign.Stop()
	for done := false; !done; {
		select {
		case credit <- struct{}{}:
			done = true
		case <-ready:
			done = try == nil || try()
		case <-sign.C:
			r.deliver(&readerPaused{})
			done = try != nil && try()
		case <-r.stop:
			return errStopped
		}
	}
	r.pulse.Beat(time.Now())
	r.deadline.reset()
	return nil
}

// What a message, a row, and a text that is refused take in bytes beside the frames that
// they came in: of memory, with the answer to the last, and of time.
const (
	messageWeight = 32
	controlWeight = 256 // of a frame that is not Data
	decodedWeight = 8   // of each byte of such a frame: marks are larger in memory
	rowWeight     = 128
	refusedWeight = 256
)
