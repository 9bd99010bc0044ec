package client

import (
	"time"

	"xlattice.org/zog/internal/frame"
	"xlattice.org/zog/messages/pzog"
)

// protocolVersion is what a keep-alive says (docs/protocol.md, 3).
const protocolVersion = 1

// write is the writer: it writes all frames that wait at once. A write has no deadline: it
// may block for as long as the host gives signs of life, and the reader ends it when there
// are none.
func (c *conn) write() {
	defer close(c.writerDone)
	var batch []byte
	for {
		batch = c.swapBuffer(batch)
		if len(batch) > 0 {
			if _, err := c.raw.Write(batch); err != nil {
				c.fail(err)
				return
			}
			continue
		}
		select {
		case <-c.wake:
		case <-c.failed:
			return
		}
	}
}

// swapBuffer returns the frames that wait, and keeps the written buffer for later ones. If no
// frames wait, the writer is idle.
func (c *conn) swapBuffer(spent []byte) []byte {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.err != nil {
		return nil
	}
	batch := c.encoder.End(c.out)
	c.out = spent[:0]
	if len(batch) == 0 {
		c.writerIdle = true
		return batch
	}
	c.writerIdle = false
	now := time.Now()
	c.flight.markSent(now)
	if c.watchdog.noteSent(now) {
		_ = c.raw.SetReadDeadline(c.watchdog.nextCheck) // fails only where Read fails too
	}
	c.admitWaiters()
	return batch
}

// wakeWriter makes an idle writer look at the buffer. The caller holds mu.
func (c *conn) wakeWriter() {
	if !c.writerIdle {
		return
	}
	c.writerIdle = false
	select {
	case c.wake <- struct{}{}:
	default: // a token is there already, so the writer will look again
	}
}

// queueKeepAlive queues a keep-alive. The caller holds mu.
func (c *conn) queueKeepAlive() {
	c.out = frame.AppendKeepAlive(c.encoder.End(c.out), &pzog.KeepAlive{
		Version: protocolVersion, IntervalMs: uint32(c.watchdog.keepAlive / time.Millisecond),
	}, frame.ClientLimit)
	c.wakeWriter()
}
