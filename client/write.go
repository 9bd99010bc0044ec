package client

import (
	"time"

	"xlattice.org/zog/internal/frame"
	"xlattice.org/zog/messages/pzog"
)

// protocolVersion is what a keep-alive says (DESIGN 3).
const protocolVersion = 1

// write is the writer: whatever waits leaves in one write, and what comes
// meanwhile in the next. A write has no deadline: it may be blocked for as long as
// the host gives signs of life, and the reader ends it when there are none.
func (c *conn) write() {
	defer close(c.wrote)
	var batch []byte
	for {
		batch = c.take(batch)
		if len(batch) > 0 {
			if _, err := c.raw.Write(batch); err != nil {
				c.lose(err)
				return
			}
			continue
		}
		select {
		case <-c.wake:
		case <-c.ended:
			return
		}
	}
}

// take exchanges the buffer that was written for the one that waits. If that
// is empty the writer counts as idle.
func (c *conn) take(spent []byte) []byte {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.err != nil {
		return nil
	}
	batch := c.out
	c.out = spent[:0]
	if len(batch) == 0 {
		c.idle = true
		return batch
	}
	c.idle = false
	now := time.Now()
	c.flight.hand(now)
	if c.pulse.wrote(now) {
		_ = c.raw.SetReadDeadline(c.pulse.next) // fails only where Read fails too
	}
	c.admit()
	return batch
}

// rouse has the writer look at the buffer. The caller holds mu.
func (c *conn) rouse() {
	if !c.idle {
		return
	}
	c.idle = false
	select {
	case c.wake <- struct{}{}:
	default: // the writer has not taken the last token, so it will look again
	}
}

// ask queues a keep-alive. The caller holds mu.
func (c *conn) ask() {
	c.out = frame.AppendKeepAlive(c.out, &pzog.KeepAlive{
		Version: protocolVersion, IntervalMs: uint32(c.pulse.keepAlive / time.Millisecond),
	}, frame.ClientLimit)
	c.rouse()
}
