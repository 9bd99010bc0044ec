package client

import (
	"context"
	"errors"
	"time"
)

// headStart waits before a message is sent again that was lost: what the host that
// had it has passed on to others must arrive there first, or the message would not
// be known. With a megabyte on each link of a busy ring that takes some 50 ms.
func (c *Client) headStart(ctx context.Context) error {
	return wait(ctx, min(200*time.Millisecond, c.cfg.Timeout/10))
}

// connect returns a connection to the host whose turn it is, or to another if
// that one cannot be reached. For a message that was sent before, and in the
// Specific order for any, it waits and tries again until ctx ends; else each host
// is tried once. The error is a noHostError.
func (c *Client) connect(ctx context.Context, again bool) (int, *conn, error) {
	var failures []error
	for {
		hosts, pause := c.choose(time.Now(), again)
		if err := wait(ctx, pause); err != nil {
			return 0, nil, &noHostError{append(failures, err)}
		}
		failures = nil
		for k, i := range hosts {
			cn, err := c.open(ctx, i, len(hosts)-k)
			if err == nil {
				c.took(i)
				return i, cn, nil
			}
			failures = append(failures, err)
			if cause := context.Cause(ctx); cause != nil {
				if !errors.Is(err, cause) {
					failures = append(failures, cause)
				}
				return 0, nil, &noHostError{failures}
			}
		}
		if c.cfg.Order != Specific && !again {
			return 0, nil, &noHostError{failures}
		}
	}
}

// wait returns after d, or with the reason for which ctx ended before.
func wait(ctx context.Context, d time.Duration) error {
	if d <= 0 {
		return context.Cause(ctx)
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// choose returns the hosts to try, best first, and how long to wait before. For a
// new message only a host that nothing can replace is waited for, and only where
// it is not connected. One that was sent before may wait until a host has rested.
func (c *Client) choose(now time.Time, again bool) (hosts []int, pause time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for i := range c.hosts {
		c.notice(i, now)
	}
	hosts = c.roster.candidates(now)
	if i := hosts[0]; again || c.cfg.Order == Specific && c.hosts[i].conn == nil {
		pause = c.roster.pause(i, now)
	}
	return hosts, pause
}

// notice puts aside the connection to host i if it is lost, and lets the host
// rest: longer if not even one answer came. The caller holds mu.
func (c *Client) notice(i int, now time.Time) {
	h := c.hosts[i]
	if h.conn == nil || h.conn.alive() {
		return
	}
	if h.conn.wasAnswered() {
		c.roster.answered(i)
	}
	c.roster.failed(i, now)
	h.conn, h.old = nil, h.conn
}

// open returns the connection to host i, and dials it if there is none; share
// says among how many dials what is left of the time is to be divided.
func (c *Client) open(ctx context.Context, i, share int) (*conn, error) {
	h := c.hosts[i]
	select {
	case h.turn <- struct{}{}:
		defer func() { <-h.turn }()
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
	cn, old := c.current(i)
	if cn != nil {
		return cn, nil
	}
	if old != nil {
		<-old.done // soon: it is lost; then what was on it has its verdicts before new ones come
	}
	patience := c.cfg.Timeout
	if end, ok := ctx.Deadline(); ok {
		patience = min(patience, time.Until(end)/time.Duration(share))
	}
	attempt, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	raw, err := c.cfg.Dial(attempt, "tcp", h.address)
	if err != nil {
		c.rest(i)
		return nil, &downError{h.address, err}
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed {
		raw.Close() // nobody has used it
		return nil, ErrClosed
	}
	h.conn = start(raw, h.address, &c.cfg)
	return h.conn, nil
}

// current returns the living connection to host i, or nil and the lost one.
func (c *Client) current(i int) (cn, old *conn) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.notice(i, time.Now())
	return c.hosts[i].conn, c.hosts[i].old
}

// took notes that host i has had its turn.
func (c *Client) took(i int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.roster.use(i)
}

// rest lets host i rest.
func (c *Client) rest(i int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.roster.failed(i, time.Now())
}

// well notes that host i has answered.
func (c *Client) well(i int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.roster.answered(i)
}
