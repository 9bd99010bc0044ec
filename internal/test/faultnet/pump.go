package faultnet

import (
	"errors"
	"os"
	"time"
)

// step is what the pump does next.
type step struct {
	do    pumpAction
	bytes []byte        // to deliver
	epoch int           // of the queue they are from
	delay time.Duration // to wait
}

type pumpAction uint8

const (
	leave   pumpAction = iota // the end is gone
	rest                      // until something changes
	wait                      // for the delay, or until something changes
	deliver                   // the bytes
	finish                    // the direction
	hangUp                    // close the base
	abort                     // reset the base
	giveUp                    // the connection, without a reset
)

// pump writes the queue to the base until the end is gone.
func (e *end) pump() {
	defer e.net.remove(e)
	for {
		s := e.next()
		switch s.do {
		case leave:
			return
		case rest:
			<-e.wake
		case wait:
			e.sleep(s.delay)
		case deliver:
			e.deliver(s)
		case finish:
			e.closeWrite(s)
		case hangUp:
			e.closeBase(false)
		case abort:
			e.closeBase(true)
		case giveUp:
			e.timeOut()
		}
	}
}

// next decides what the pump does next. It clears an interruption, because it sees the new state.
func (e *end) next() step {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.interrupted {
		e.interrupted = false
		_ = e.base.SetWriteDeadline(time.Time{}) // fails only where Write fails too
	}
	head := e.queue.head()
	switch {
	case e.life == gone:
		return step{do: leave}
	case e.life == orphan || head == nil || head.mark == stall:
		return step{do: rest}
	}
	if s, yes := e.retransmission(head); yes {
		return s
	}
	due, ok := e.link.arrival(&head.parcel, len(head.buf)-head.off)
	if !ok {
		return step{do: rest}
	}
	if delay := time.Until(due); delay > 0 {
		return step{do: wait, delay: delay}
	}
	s := head.step()
	s.epoch = e.queue.epoch
	return s
}

// step returns what to do when an item arrives.
func (i *item) step() step {
	switch i.mark {
	case fin:
		return step{do: finish}
	case reset:
		return step{do: abort}
	case closing:
		return step{do: hangUp}
	default:
		return step{do: deliver, bytes: i.buf[i.off : i.off+i.parcel.size]}
	}
}

func (e *end) sleep(d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-e.wake:
	}
}

// deliver writes to the base. What an interruption prevents is written later, unless the queue is
// cleared.
func (e *end) deliver(s step) {
	n, err := e.base.Write(s.bytes)
	if errors.Is(err, os.ErrDeadlineExceeded) {
		err = nil
	}
	e.done(s, n, err)
}

// closeWrite closes the writing side of the base, or all of it if it has no CloseWrite.
func (e *end) closeWrite(s step) {
	half, ok := e.base.(interface{ CloseWrite() error })
	if !ok {
		e.closeBase(false)
		return
	}
	e.done(s, 0, half.CloseWrite())
}

// done removes from the queue what was written, unless the queue was cleared meanwhile. After an error
// of the base only writing ends: there may still be something to read.
func (e *end) done(s step, n int, err error) {
	defer notify(e.room)
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.queue.epoch != s.epoch {
		return
	}
	e.queue.gone(n)
	e.retransmit = retransmit{}
	if err == nil {
		return
	}
	e.queue.dropBytes()
	if e.writeErr == nil {
		e.writeErr = cause(err)
	}
}

// closeBase closes the base, or resets it if abrupt.
func (e *end) closeBase(abrupt bool) {
	e.mu.Lock()
	before := e.life
	e.life = gone
	e.mu.Unlock()
	if before == gone {
		return
	}
	if l, ok := e.base.(interface{ SetLinger(int) error }); ok && abrupt {
		_ = l.SetLinger(0) // fails only for what is closed
	}
	_ = e.base.Close() // there is no caller for the error
	notify(e.wake)
}
