package faultnet

import (
	"os"
	"syscall"
	"time"
)

// Write returns when all bytes are in the queue, or an Action has removed them. With a Judge, an
// incomplete frame is kept until it is complete or the end is closed.
func (e *end) Write(b []byte) (int, error) {
	select {
	case e.writing <- struct{}{}:
	case <-e.over:
		return 0, explain("write", e, e.awake())
	}
	defer func() { <-e.writing }()
	now, n := time.Now(), 0
	for first := true; ; first = false {
		if err := e.awaitRoom(); err != nil {
			return n, explain("write", e, err)
		}
		if n == len(b) {
			return n, nil
		}
		u, used := e.cut(b[n:])
		n += used
		if u.bytes == nil {
			e.keep(e.framer.part)
			continue
		}
		if !e.send(e.judge(u, first), now) {
			return len(b), nil
		}
	}
}

// cut returns the next unit at the front of b, and how many bytes it took.
func (e *end) cut(b []byte) (unit, int) {
	if e.net.judge == nil {
		n := min(len(b), pieceSize)
		return unit{bytes: b[:n]}, n
	}
	e.keep(nil)
	return e.framer.feed(b)
}

// keep stores the incomplete frame, which is sent when the end is closed.
func (e *end) keep(tail []byte) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.tail = tail
}

// judge returns the outcome of a unit. The caller must not hold mu.
func (e *end) judge(u unit, first bool) outcome {
	if e.net.judge == nil {
		return outcome{bytes: u.bytes}
	}
	return e.net.judge(Event{
		Route: e.link.route, Conn: e.number, Kind: u.kind,
		Size: len(u.bytes), First: first, Bytes: u.bytes,
	}).on(u.bytes)
}

// awaitRoom waits for room in the queue. It returns an error if Write fails.
func (e *end) awaitRoom() error {
	for {
		e.host.awaitResume(e.over)
		wait, err := e.full()
		if err != nil || wait == nil {
			return err
		}
		wait()
	}
}

// full returns a function that waits for room, or nil if there is room.
func (e *end) full() (wait func(), err error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	until := e.until
	switch {
	case e.err != nil:
		return nil, e.err
	case e.writeErr != nil:
		return nil, e.writeErr
	case !until.IsZero() && !time.Now().Before(until):
		return nil, os.ErrDeadlineExceeded
	case e.queue.size < queueSize:
		return nil, nil
	}
	return func() { e.waitForRoom(until) }, nil
}

func (e *end) waitForRoom(until time.Time) {
	var late <-chan time.Time
	if !until.IsZero() {
		timer := time.NewTimer(time.Until(until))
		defer timer.Stop()
		late = timer.C
	}
	select {
	case <-e.room:
	case <-e.over:
	case <-late:
	}
}

// send puts an outcome into the queue. It returns false when nothing may follow.
func (e *end) send(o outcome, now time.Time) bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.err != nil || e.writeErr != nil {
		return false
	}
	e.enqueue(nil, o.before, now)
	e.enqueue(o.bytes, o.after, now)
	switch o.after {
	case fin:
		e.writeErr = syscall.EPIPE
	case reset:
		e.fail(syscall.ECONNRESET)
	}
	return o.after == none
}

// enqueue adds to the queue, and wakes the pump if the queue was empty: it waits for the head only. The
// caller holds mu.
func (e *end) enqueue(b []byte, m mark, now time.Time) {
	if len(b) == 0 && m == none {
		return
	}
	if e.queue.head() == nil {
		notify(e.wake)
	}
	e.queue.add(b, m, now, e.net.jitterShare(e.link))
}
