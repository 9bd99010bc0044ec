package actors

import (
	"time"

	"xlattice.org/zog/internal/turns"
)

// Frames of clients that are not Data, above all those of surveys, take much longer to decode than
// Data. They go through a fair queue of their own, one at a time, and each stays in it for a time
// that depends on its size. So all clients together use some percent of a processor for them, and
// a client that sends little does not wait for those that send much.

// controlRate is how many bytes go through the queue in a second.
const controlRate = 4 << 20

// passControlQueue makes a frame of so many bytes go through the queue.
func (r *reader) passControlQueue(bytes int) error {
	if r.control == nil {
		return nil
	}
	if r.controlTurn == nil {
		r.controlTurn = &turns.Client{Turn: make(chan struct{}, 1)}
		r.controlTurn.Join(r.controlFlow)
	}
	weight := int64(bytes) + controlWeight
	if !r.control.acquire(r.controlTurn, weight, time.Now()) {
		if err := r.waitPaused(nil, r.controlTurn.Turn, nil); err != nil {
			r.control.suspend(r.controlTurn)
			return err
		}
	}
	defer r.control.release(r.controlTurn, weight)
	over := make(chan struct{})
	timer := time.AfterFunc(time.Duration(weight)*time.Second/controlRate, func() { close(over) })
	defer timer.Stop()
	return r.waitPaused(nil, over, nil)
}
