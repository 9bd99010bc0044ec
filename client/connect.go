package client

import (
	"context"
	"net"
	"os"
	"slices"
	"time"

	"xlattice.org/zog/internal/tlsconn"
	"xlattice.org/zog/internal/trust"
)

// dialPatience is how long a dial may take in the first round of a search, if there are
// other hosts. It doubles with each round, for hosts that are far away.
const dialPatience = time.Second

// dialAlone is the same if there is only one host.
const dialAlone = 5 * time.Second

// maxRoundPause is the longest pause between two rounds of dials, unless Retry.Initial is
// longer.
const maxRoundPause = time.Second

// waitingAfter is when a search calls Config.OnWaiting.
const waitingAfter = time.Second

// awaitForwarding waits before a lost message is sent again. What its host forwarded up
// to the given time must reach the other hosts first, or they would not recognise the
// message. On a busy ring with a megabyte on each link that takes some 50 ms. It waits at most a
// tenth of the time that the message has.
func awaitForwarding(ctx context.Context, until time.Time, timeout time.Duration) error {
	return wait(ctx, time.Until(until.Add(min(200*time.Millisecond, timeout/10))))
}

// search is one search for a host.
type search struct {
	client   *Client
	again    bool    // after a connection was lost: the first round also waits
	try      attempt // what is tried with each host
	began    time.Time
	reported bool    // the user was told
	failures []error // of the newest round: why each host could not be reached
}

// attempt tries to connect to host i, for as long as patience says. part is the share of this
// host in the time that is left for all. The error is a dialError if the host could not be
// reached; any other ends the search.
type attempt func(ctx context.Context, i int, patience, part time.Duration) error

// connect returns a connection, with the number of its host: the host whose turn it is,
// or another if that cannot be reached. It tries until ctx ends. The error is a noHostError
// if the deadline passed, or else what ended the search. resend says that the message was
// sent before.
func (c *Client) connect(ctx context.Context, resend bool) (i int, cn *conn, err error) {
	i, err = c.search(ctx, resend, func(ctx context.Context, i int, patience, part time.Duration) (err error) {
		if cn, _ = c.current(i); cn != nil && !resend {
			return nil
		}
		cn, err = c.connTo(ctx, i, patience)
		if err == nil && resend { // the message was sent before: it has less time left
			cn.limitSilence(part)
		}
		return err
	})
	return i, cn, err
}

// search tries hosts, the one whose turn it is first, until try succeeds with one. It returns
// which one, or the error of connect.
func (c *Client) search(ctx context.Context, again bool, try attempt) (int, error) {
	if err := contextCause(ctx); err != nil {
		return 0, err
	}
	s := search{client: c, again: again, try: try, began: time.Now()}
	for n := 0; ; n++ {
		i, found, err := s.round(ctx, n)
		switch {
		case err != nil:
			return 0, searchError(s.inOrder(), err)
		case found:
			return i, nil
		}
	}
}

// round tries each host once. The first round begins without a pause, unless a connection
// was lost before. If no host was reached it returns neither true nor an error.
func (s *search) round(ctx context.Context, n int) (i int, found bool, err error) {
	hosts, pause := s.client.chooseHosts(time.Now(), s.again || n > 0)
	if err := s.wait(ctx, pause); err != nil {
		return 0, false, err
	}
	var failures []error
	for k, i := range hosts {
		err := s.tryHost(ctx, i, n, len(hosts)-k)
		if err == nil {
			s.client.advance(i)
			return i, true, nil
		}
		if _, down := err.(*dialError); !down {
			return 0, false, err
		}
		failures = append(failures, err)
		s.failures = failures
		if err := s.wait(ctx, 0); err != nil {
			return 0, false, err
		}
	}
	return 0, false, nil
}

// tryHost tries host i. The time left is divided by share, the number of hosts still to try.
// A dial takes no longer than that.
func (s *search) tryHost(ctx context.Context, i, round, share int) error {
	patience := dialPatience
	if len(s.client.hosts) == 1 {
		patience = dialAlone
	}
	patience <<= min(round, 16)
	part := s.client.cfg.Timeout
	if end, ok := ctx.Deadline(); ok {
		part = time.Until(end) / time.Duration(share)
	}
	if part <= 0 { // the deadline has passed; ctx ends in a moment
		<-ctx.Done()
		return contextCause(ctx)
	}
	return s.try(ctx, i, min(patience, part), part)
}

// wait waits for d. If the search has become long meanwhile, it tells the user.
func (s *search) wait(ctx context.Context, d time.Duration) error {
	if left := waitingAfter - time.Since(s.began); !s.reported && len(s.failures) > 0 && left < d {
		if err := wait(ctx, left); err != nil {
			return err
		}
		s.reported = true
		s.client.cfg.waiting(&noHostError{s.inOrder()})
		d -= max(0, left)
	}
	return wait(ctx, d)
}

// inOrder returns a copy of the failures, in the order of Config.Hosts.
func (s *search) inOrder() []error {
	place := func(failure error) int {
		down, is := failure.(*dialError)
		return slices.IndexFunc(s.client.hosts, func(h *host) bool { return is && h.address == down.host })
	}
	return slices.SortedStableFunc(slices.Values(s.failures), func(a, b error) int { return place(a) - place(b) })
}

// wait returns nil after d, or why ctx ended before.
func wait(ctx context.Context, d time.Duration) error {
	if d <= 0 {
		return contextCause(ctx)
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return contextCause(ctx)
	}
}

// chooseHosts returns the hosts to try, best first, and how long to wait before. A new
// message is tried at once, even if all hosts back off. Later rounds, and messages that
// were sent before, wait until the backoff of the first host is over. If that host is not
// connected the wait is short, so that a host that has just come back is found.
func (c *Client) chooseHosts(now time.Time, later bool) (hosts []int, pause time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for i := range c.hosts {
		c.reapLost(i, now)
	}
	hosts = c.picker.candidates(now)
	if i := hosts[0]; later {
		pause = c.picker.backoffLeft(i, now)
		if c.hosts[i].conn == nil {
			pause = min(pause, max(c.cfg.Retry.Initial, maxRoundPause))
		}
	}
	return hosts, pause
}

// reapLost removes the connection to host i if it is lost, and starts the host's backoff,
// which is longer if the connection brought no answer. The caller holds mu.
func (c *Client) reapLost(i int, now time.Time) {
	h := c.hosts[i]
	if h.conn == nil || h.conn.alive() {
		return
	}
	answered, silent := h.conn.history()
	if answered {
		c.picker.answered(i)
	}
	if silent {
		c.picker.wentSilent(i, now)
	} else {
		c.picker.failed(i, now)
	}
	h.conn, h.lost = nil, h.conn
}

// connTo returns the connection to host i, and dials if there is none. It gives up after
// patience. The error is a dialError if the host could not be reached.
func (c *Client) connTo(ctx context.Context, i int, patience time.Duration) (*conn, error) {
	attempt, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	h := c.hosts[i]
	select {
	case h.dialLock <- struct{}{}:
		defer func() { <-h.dialLock }()
	case <-attempt.Done(): // another call has been dialling this long
		return nil, &dialError{h.address, os.ErrDeadlineExceeded}
	}
	cn, old := c.current(i)
	if cn != nil {
		return cn, nil
	}
	if old != nil {
		select {
		case <-old.done: // soon, as it is lost; its messages are resolved before new ones are sent
		case <-attempt.Done():
			return nil, &dialError{h.address, os.ErrDeadlineExceeded}
		}
	}
	raw, err := c.dial(attempt, h.address)
	if err != nil {
		if ctx.Err() == nil { // otherwise the caller ended the dial
			c.backOff(i)
		}
		return nil, &dialError{h.address, err}
	}
	return c.adopt(h, raw)
}

// dial returns a connection to an address, with TLS if the Config says so.
func (c *Client) dial(ctx context.Context, address string) (net.Conn, error) {
	raw, err := c.cfg.Dial(ctx, "tcp", address)
	secure := c.cfg.tlsAt(address)
	if err != nil || secure == nil {
		return raw, err
	}
	conn, err := tlsconn.Dial(ctx, raw, secure)
	if err != nil {
		return nil, trust.Explain(err)
	}
	return conn, nil
}

// adopt starts to use a new connection to a host.
func (c *Client) adopt(h *host, raw net.Conn) (*conn, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.ctx.Err() != nil {
		raw.Close() // nobody has used it
		return nil, ErrClosed
	}
	h.conn = startConn(raw, h.address, &c.cfg)
	return h.conn, nil
}

// current returns the live connection to host i, or nil and the lost one.
func (c *Client) current(i int) (cn, old *conn) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.reapLost(i, time.Now())
	return c.hosts[i].conn, c.hosts[i].lost
}

// advance ends the turn of host i.
func (c *Client) advance(i int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.picker.advance(i)
}

// backOff starts or extends the backoff of host i.
func (c *Client) backOff(i int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.picker.failed(i, time.Now())
}

// succeeded ends the backoff of host i.
func (c *Client) succeeded(i int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.picker.answered(i)
}
