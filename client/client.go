package client

import (
	"context"
	"math/rand/v2"
	"sync"
	"sync/atomic"
)

// Client hands messages to a ring. Make one with Dial or New, and Close it. It
// is safe for concurrent use.
type Client struct {
	cfg     Config
	life    context.Context // ends with Close, with ErrClosed as its cause
	end     context.CancelCauseFunc
	hosts   []*host
	session uint64        // of what Send sends
	number  atomic.Uint64 // of the last message in it

	mu     sync.Mutex
	roster *roster
}

// host is what a Client has open to one host.
type host struct {
	address string
	turn    chan struct{} // held by whoever dials; a lock that a context can leave

	// Guarded by the Client's mu.
	conn *conn // nil, or the newest; perhaps lost, but not yet noticed
	old  *conn // the one before, lost; settles what was on it
}

// New returns a client that dials when it is first used. The error tells what
// is wrong with cfg.
func New(cfg Config) (*Client, error) {
	cfg, err := cfg.complete()
	if err != nil {
		return nil, err
	}
	c := &Client{cfg: cfg, session: newSession(), roster: newRoster(&cfg)}
	c.life, c.end = context.WithCancelCause(context.Background())
	for _, address := range cfg.Hosts {
		c.hosts = append(c.hosts, &host{address: address, turn: make(chan struct{}, 1)})
	}
	return c, nil
}

// newSession returns a name for a row of messages, which nobody else has.
func newSession() uint64 {
	for {
		if session := rand.Uint64(); session != 0 {
			return session
		}
	}
}

// Dial is New, and goes on until it has reached a host, or Config.Timeout is over or
// a deadline of ctx. The error is then ErrNoHost, with what each host said. Else it is
// that of ctx, or of New.
func Dial(ctx context.Context, cfg Config) (*Client, error) {
	c, err := New(cfg)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeoutCause(ctx, c.cfg.Timeout, ErrTimeout)
	defer cancel()
	if _, _, err := c.connect(ctx, false); err != nil {
		c.Close()
		return nil, err
	}
	return c, nil
}

// Close ends all connections. Whoever waits for an answer gets
// ErrUnacknowledged, and all else ErrClosed. It returns when nothing of the
// client runs any more but calls that are on their way out. It returns nil.
func (c *Client) Close() error {
	c.mu.Lock()
	c.end(ErrClosed)
	var conns []*conn
	for _, h := range c.hosts {
		conns = append(conns, h.conn, h.old)
	}
	c.mu.Unlock()
	for _, cn := range conns {
		if cn != nil {
			cn.close()
		}
	}
	return nil
}

// bind returns a context that ends with ctx or with the client.
func (c *Client) bind(ctx context.Context) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancelCause(ctx)
	if c.life.Err() != nil { // not a moment later, as by AfterFunc
		cancel(ErrClosed)
	}
	stop := context.AfterFunc(c.life, func() { cancel(ErrClosed) })
	return ctx, func() { stop(); cancel(nil) }
}
