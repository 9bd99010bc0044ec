package faultnet

import (
	"net"
	"syscall"
	"time"
)

// What is done to an end from outside. None of these holds the mutex while it
// waits, as none waits.

// reset resets the connection at once, whatever the link is like.
func (e *end) reset(err error) {
	e.mu.Lock()
	e.fail(err)
	e.queue.clear()
	e.mu.Unlock()
	e.closeBase(true)
}

// kill is the end of the process. What it has closed before, its kernel sees
// to; the rest is reset, where the link lets a reset through.
func (e *end) kill() {
	e.mu.Lock()
	killed := e.fail(net.ErrClosed)
	if killed {
		e.replaceQueue(reset)
	}
	e.mu.Unlock()
	if killed && e.link.condition() == (Condition{}) {
		e.closeBase(true)
	}
	notify(e.wake)
}

// unplug is the end of the host: nothing comes from it any more.
func (e *end) unplug() {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.fail(net.ErrClosed)
	e.orphan()
}

// orphan lets nothing go out any more. The mutex is held.
func (e *end) orphan() {
	if e.life == alive {
		e.life = orphan
		e.replaceQueue(none)
	}
}

// replaceQueue leaves only this mark to be done.
func (e *end) replaceQueue(m mark) {
	e.tail = nil
	e.queue.clear()
	e.retransmit = retransmit{}
	e.enqueue(nil, m, time.Now())
	e.interrupt()
}

// answerWithReset answers for an orphan once its host is back: with a reset, as soon as
// the peer says something, or has said something meanwhile. A peer that has closed its
// side says nothing any more. To answer that again and again, while resets are lost, would
// take no time, and never end.
func (e *end) answerWithReset() {
	e.reading <- struct{}{} // who reads leaves, as every call fails
	defer func() { <-e.reading }()
	_ = e.base.SetReadDeadline(time.Time{})                   // fails only where Read fails too
	if n, _ := e.base.Read(make([]byte, pieceSize)); n == 0 { // whatever it is, nobody knows what to do with it
		return
	}
	defer notify(e.wake)
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.life == orphan {
		e.life = alive
		e.replaceQueue(reset)
	}
}

// interrupt lets the pump look up from a write to the base. The mutex is held.
func (e *end) interrupt() {
	if e.life != gone {
		e.interrupted = true
		_ = e.base.SetWriteDeadline(past) // fails only where Write fails too
	}
}

// conditionChanged is for a condition that has changed.
func (e *end) conditionChanged(c Condition) {
	if c.Drop {
		e.mu.Lock()
		e.interrupt()
		e.mu.Unlock()
	}
	if c.Refuse {
		e.reset(syscall.ECONNRESET)
	}
	notify(e.wake)
}

// release ends stalls.
func (e *end) release() {
	defer notify(e.wake)
	e.mu.Lock()
	defer e.mu.Unlock()
	e.queue.release(time.Now())
}
