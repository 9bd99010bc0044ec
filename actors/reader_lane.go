package actors

import (
	"time"

	"xlattice.org/zog/internal/turns"
)

// Frames of clients that are not Data, most of all the questions of surveys, take much
// more time to decode than Data does. They go through a gate of their own, the lane: one
// at a time, in turn, and each stays in it for as long as its bytes take at laneRate. So
// what all clients together can ask for takes some percent of a processor, and a client
// that asks for little need not wait for those who ask for much.

// laneRate is how many bytes a second go through the lane.
const controlRate = 4 << 20

// slow takes a frame of so many bytes through the lane.
func (r *reader) passControlQueue(bytes int) error {
	if r.control == nil {
		return nil
	}
	if r.controlTurn == nil {
		r.controlTurn = &turns.Client{Turn: make(chan struct{}, 1)}
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
