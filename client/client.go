package client

import (
	"context"
	"math/rand/v2"
	"sync"
	"sync/atomic"
)

// Client sends messages to a ring. Create one with Dial or New, and Close it when it is
// no longer needed. It is safe for concurrent use.
type Client struct {
	cfg        Config
	ctx        context.Context // ends with Close; its cause is ErrClosed
	cancel     context.CancelCauseFunc
	hosts      []*host
	session    uint64        // of the messages of Send
	lastNumber atomic.Uint64 // in that session

	mu     sync.Mutex
	picker *picker

	queue queue
}

// host is a host of the ring, with the client's connection to it.
type host struct {
	address  string
	dialLock chan struct{} // held while dialling; a lock that a context can abandon

	// Guarded by Client.mu.
	conn *conn // the newest connection or nil; it may be lost and not yet removed by reapLost
	lost *conn // the previous connection, which is lost; it may still resolve its messages
}

// New returns a client that dials when it is first used. It returns an error if cfg is
// invalid.
func New(cfg Config) (*Client, error) {
	cfg, err := cfg.withDefaults()
	if err != nil {
		return nil, err
	}
	c := &Client{cfg: cfg, session: newSession(), picker: newPicker(&cfg), queue: newQueue(cfg.Window)}
	c.ctx, c.cancel = context.WithCancelCause(context.Background())
	for _, address := range cfg.Hosts {
		c.hosts = append(c.hosts, &host{address: address, dialLock: make(chan struct{}, 1)})
	}
	return c, nil
}

// newSession returns a random session that is not 0.
func newSession() uint64 {
	for {
		if session := rand.Uint64(); session != 0 {
			return session
		}
	}
}

// Dial returns a client as New does, once it is connected to a host. It tries the hosts
// until Config.Timeout elapses or ctx ends. If the time elapses, the error matches
// ErrNoHost and contains the failure of each host; if ctx is cancelled, it matches the
// error of ctx; if cfg is invalid, it is that of New. The deadline of ctx applies to Dial
// alone, not to the client.
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

// Close closes all connections, and returns when the goroutines of the client have ended.
// Calls in progress return soon: with ErrUnacknowledged for messages that were sent and
// not answered, and with ErrClosed for everything else. Later calls return ErrClosed.
// Close always returns nil, and may be called more than once.
func (c *Client) Close() error {
	c.mu.Lock()
	c.cancel(ErrClosed)
	var conns []*conn
	for _, h := range c.hosts {
		conns = append(conns, h.conn, h.lost)
	}
	c.mu.Unlock()
	for _, cn := range conns {
		if cn != nil {
			cn.close()
		}
	}
	c.queue.wait()
	return nil
}

// bindContext returns a context that ends when ctx ends or the client is closed.
func (c *Client) bindContext(ctx context.Context) (context.Context, context.CancelFunc) {
	return bind(ctx, c.ctx)
}

// bindSearch returns a context that ends when ctx ends or Config.Until does.
func (c *Client) bindSearch(ctx context.Context) (context.Context, context.CancelFunc) {
	if c.cfg.Until == nil {
		return ctx, func() {}
	}
	return bind(ctx, c.cfg.Until)
}

// bind returns a context that ends when ctx or until does, for the same cause.
func bind(ctx, until context.Context) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancelCause(ctx)
	if until.Err() != nil { // AfterFunc would cancel it a moment later
		cancel(context.Cause(until))
	}
	stop := context.AfterFunc(until, func() { cancel(context.Cause(until)) })
	return ctx, func() { stop(); cancel(nil) }
}
