package actors

import (
	"time"

	"xlattice.org/zog/messages"
)

// admitControl waits until a frame that is not Data may be decoded, behind the Data before it.
// Decoding takes time, and far more memory than the bytes of the frame.
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

// releaseControl undoes admitControl: the frame is Data, behind unknown fields.
func (r *reader) releaseControl(weight int64) {
	r.controlCredit.Return()
	if r.batches != nil {
		r.batches.release(r.turn, weight)
	}
}

// waitCredit takes a credit, and waits for it if need be.
func (r *reader) waitCredit(credit messages.Credit) error {
	select {
	case credit <- struct{}{}:
		return nil
	default:
		return r.waitPaused(credit, nil, nil)
	}
}

// waitBudget takes memory from the client's budget, and waits if there is not enough: until the
// client's own share is freed, or others leave more.
func (r *reader) waitBudget(weight int64) error {
	if r.budget.Take(weight) {
		return nil
	}
	return r.waitPaused(nil, r.budget.Freed(), func() bool { return r.budget.Take(weight) })
}

// waitTurn waits until it is the client's turn.
func (r *reader) waitTurn(weight int64) error {
	if r.batches == nil || r.batches.acquire(r.turn, weight, time.Now()) {
		return nil
	}
	return r.waitPaused(nil, r.turn.Turn, nil)
}

// waitPaused waits until it has taken a credit, or something is ready; the other one is nil. If
// there is a try, it must succeed then, and is also made every half second. Meanwhile nothing is
// read from the socket, so the other side does not count as silent.
func (r *reader) waitPaused(credit messages.Credit, ready <-chan struct{}, try func() bool) error {
	r.pulse.SetHolding(true)
	defer r.pulse.SetHolding(false)
	began := time.Now()
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
	now := time.Now()
	r.pulse.Beat(now)
	r.stale = r.stale || r.stops.since(began, now)
	r.deadline.reset()
	return nil
}

// What is counted for a message, a row and so on beside the bytes of its frame: memory, or time
// for what is answered at once. In bytes.
const (
	messageWeight = 32
	controlWeight = 256 // of a frame that is not Data
	decodedWeight = 8   // of each byte of such a frame: marks are larger in memory
	rowWeight     = 128
	refusedWeight = 256
)
