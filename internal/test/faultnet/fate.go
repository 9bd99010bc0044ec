package faultnet

import (
	"net"
	"syscall"
	"time"
)

// What others do to an end. None of these methods blocks.

// reset resets the connection at once, whatever the condition of the link.
func (e *end) reset(err error) {
	e.mu.Lock()
	e.fail(err)
	e.queue.clear()
	e.mu.Unlock()
	e.closeBase(true)
}

// kill ends the process. A connection that it had closed still sends what is queued; the others are
// reset, if the link lets a reset through.
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

// unplug ends the host: it sends nothing any more.
func (e *end) unplug() {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.fail(net.ErrClosed)
	e.orphan()
}

// orphan makes the end an orphan, which sends nothing. The caller holds mu.
func (e *end) orphan() {
	if e.life == alive {
		e.life = orphan
		e.replaceQueue(none)
	}
}

// replaceQueue replaces the queue by a mark. The caller holds mu.
func (e *end) replaceQueue(m mark) {
	e.tail = nil
	e.queue.clear()
	e.retransmit = retransmit{}
	e.enqueue(nil, m, time.Now())
	e.interrupt()
}

// answerWithReset sends a reset for an orphan whose host is back, as soon as the peer writes, or has
// written meanwhile. It does not answer the close of the peer: while resets are lost that would be an
// endless loop.
func (e *end) answerWithReset() {
	e.reading <- struct{}{} // Read returns, because every call fails
	defer func() { <-e.reading }()
	_ = e.base.SetReadDeadline(time.Time{})                   // fails only where Read fails too
	if n, _ := e.base.Read(make([]byte, pieceSize)); n == 0 { // no process reads it
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

// interrupt ends a write of the pump to the base. The caller holds mu.
func (e *end) interrupt() {
	if e.life != gone {
		e.interrupted = true
		_ = e.base.SetWriteDeadline(past) // fails only where Write fails too
	}
}

// conditionChanged applies a changed condition of the link.
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
