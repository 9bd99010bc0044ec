package client

import (
	"context"
	"net"
	"os"
	"slices"
	"time"
)

// dialPatience is how long a dial may take while there are other hosts to try, in
// the first round of a search. Each round doubles it, for hosts that are far away.
const dialPatience = time.Second

// dialAlone is the same where there is no other host.
const dialAlone = 5 * time.Second

// maxPause is the longest pause between two rounds of dials, unless the first rest of
// a host is configured to be longer.
const maxPause = time.Second

// longSearch is when Config.Waiting is told.
const longSearch = time.Second

// headStart waits before a message is sent again that was lost: what the host that
// had it passed on to others, until the time given, must arrive there first, or the
// message would not be known. With a megabyte on each link of a busy ring that takes
// some 50 ms.
func (c *Client) headStart(ctx context.Context, passed time.Time) error {
	return wait(ctx, time.Until(passed.Add(min(200*time.Millisecond, c.cfg.Timeout/10))))
}

// search is one search for a host.
type search struct {
	client   *Client
	again    bool // for a message that was sent before
	began    time.Time
	told     bool    // to Config.Waiting
	failures []error // of the newest round: why each host could not be reached
}

// connect returns a connection to the host whose turn it is, or to another if
// that one cannot be reached. It tries again and again until ctx ends. The error is
// a noHostError if the time was over, and else says what ended the search.
func (c *Client) connect(ctx context.Context, again bool) (int, *conn, error) {
	if err := why(ctx); err != nil {
		return 0, nil, err
	}
	s := search{client: c, again: again, began: time.Now()}
	for n := 0; ; n++ {
		i, cn, err := s.round(ctx, n)
		switch {
		case err != nil:
			return 0, nil, unreached(s.failures, err)
		case cn != nil:
			return i, cn, nil
		}
	}
}

// round tries each host once, in the first round at once unless the message was sent
// before. It returns neither a connection nor an error if no host was reached.
func (s *search) round(ctx context.Context, n int) (int, *conn, error) {
	hosts, pause := s.client.choose(time.Now(), s.again || n > 0)
	if err := s.wait(ctx, pause); err != nil {
		return 0, nil, err
	}
	var failures []error
	for k, i := range hosts {
		cn, err := s.try(ctx, i, n, len(hosts)-k)
		if err == nil {
			s.client.took(i)
			return i, cn, nil
		}
		if _, down := err.(*downError); !down {
			return 0, nil, err
		}
		failures = append(failures, err)
		s.failures = failures
		if err := s.wait(ctx, 0); err != nil {
			return 0, nil, err
		}
	}
	return 0, nil, nil
}

// try takes a connection to host i. Among so many tries as share says what is left
// of the time is to be divided: a dial takes no longer, and when the message was sent
// before, it is for so long that the host may be silent.
func (s *search) try(ctx context.Context, i, round, share int) (*conn, error) {
	if cn, _ := s.client.current(i); cn != nil && !s.again {
		return cn, nil
	}
	patience := dialPatience
	if len(s.client.hosts) == 1 {
		patience = dialAlone
	}
	patience <<= min(round, 16)
	part := s.client.cfg.Timeout
	if end, ok := ctx.Deadline(); ok {
		part = time.Until(end) / time.Duration(share)
	}
	if part <= 0 { // ctx ends, if it has not yet
		<-ctx.Done()
		return nil, why(ctx)
	}
	cn, err := s.client.open(ctx, i, min(patience, part))
	if err == nil && s.again {
		cn.hurry(part)
	}
	return cn, err
}

// wait waits for d. Who wants to know is told meanwhile if the search takes long.
func (s *search) wait(ctx context.Context, d time.Duration) error {
	tell := s.client.cfg.Waiting
	if left := longSearch - time.Since(s.began); tell != nil && !s.told && len(s.failures) > 0 && left < d {
		if err := wait(ctx, left); err != nil {
			return err
		}
		s.told = true
		tell(&noHostError{slices.Clone(s.failures)})
		d -= max(0, left)
	}
	return wait(ctx, d)
}

// wait returns after d, or with the reason for which ctx ended before.
func wait(ctx context.Context, d time.Duration) error {
	if d <= 0 {
		return why(ctx)
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return why(ctx)
	}
}

// choose returns the hosts to try, best first, and how long to wait before. For a
// new message nobody rests so long that it would not be tried at once; later, and for
// a message that was sent before, one host must have rested. Where nobody is connected
// that is soon: else who waits would not find a host that has just come back.
func (c *Client) choose(now time.Time, later bool) (hosts []int, pause time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for i := range c.hosts {
		c.notice(i, now)
	}
	hosts = c.roster.candidates(now)
	if i := hosts[0]; later {
		pause = c.roster.pause(i, now)
		if c.hosts[i].conn == nil {
			pause = min(pause, max(c.cfg.Retry.Initial, maxPause))
		}
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
	answered, silent := h.conn.was()
	if answered {
		c.roster.answered(i)
	}
	if silent {
		c.roster.silenced(i, now)
	} else {
		c.roster.failed(i, now)
	}
	h.conn, h.old = nil, h.conn
}

// open returns the connection to host i, and dials it if there is none. It gives up
// after patience. The error is a downError if that is the host's fault.
func (c *Client) open(ctx context.Context, i int, patience time.Duration) (*conn, error) {
	attempt, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	h := c.hosts[i]
	select {
	case h.turn <- struct{}{}:
		defer func() { <-h.turn }()
	case <-attempt.Done(): // somebody else has dialled as long
		return nil, &downError{h.address, os.ErrDeadlineExceeded}
	}
	cn, old := c.current(i)
	if cn != nil {
		return cn, nil
	}
	if old != nil {
		select {
		case <-old.done: // soon: it is lost; then what was on it has its verdicts before new ones come
		case <-attempt.Done():
			return nil, &downError{h.address, os.ErrDeadlineExceeded}
		}
	}
	raw, err := c.cfg.Dial(attempt, "tcp", h.address)
	if err != nil {
		if ctx.Err() == nil { // else it is not the host's fault
			c.rest(i)
		}
		return nil, &downError{h.address, err}
	}
	return c.begin(h, raw)
}

// begin takes a new connection to a host into use.
func (c *Client) begin(h *host, raw net.Conn) (*conn, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.life.Err() != nil {
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
