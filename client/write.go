package client

import (
	"errors"
	"os"
	"time"

	"xlattice.org/zog/internal/frame"
	"xlattice.org/zog/messages/pzog"
)

// protocolVersion is what a keep-alive says (DESIGN 3).
const protocolVersion = 1

// write is the writer: whatever waits leaves in one write, and what comes
// meanwhile in the next.
func (c *conn) write() {
	defer close(c.wrote)
	timer := time.NewTimer(c.pulse.keepAlive)
	defer timer.Stop()
	var batch []byte
	for {
		batch = c.take(batch)
		if len(batch) > 0 {
			if err := c.send(batch); err != nil {
				c.lose(err)
				return
			}
			continue
		}
		select {
		case <-c.wake:
		case <-timer.C:
			timer.Reset(c.beat(time.Now()))
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
	c.pulse.wrote(now)
	c.admit()
	return batch
}

// send writes a batch. A host that does not take it for the time of silence is
// lost.
func (c *conn) send(batch []byte) error {
	if err := c.raw.SetWriteDeadline(time.Now().Add(c.pulse.silence)); err != nil {
		return err
	}
	_, err := c.raw.Write(batch)
	if errors.Is(err, os.ErrDeadlineExceeded) {
		return errSilent
	}
	return err
}

// beat queues a keep-alive if one is due, gives up a host that is dead, and
// returns after how long to look again.
func (c *conn) beat(now time.Time) time.Duration {
	c.mu.Lock()
	dead := c.pulse.dead(now)
	if c.pulse.due(now) && !dead {
		c.out = frame.AppendKeepAlive(c.out, &pzog.KeepAlive{Version: protocolVersion}, frame.ClientLimit)
		c.pulse.spoke = now
	}
	wait := c.pulse.next().Sub(now)
	c.mu.Unlock()
	if dead {
		c.lose(errSilent)
	}
	return wait
}
