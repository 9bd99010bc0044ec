package jetstream

import (
	"context"
	"sync"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"xlattice.org/zog/bench/system"
)

// most is how many messages may be under way at a time, whatever Work says. With more
// JetStream takes more memory, and is no faster.
const most = 4096

// Dial implements [system.System].
func (j js) Dial(ctx context.Context, at string, w system.Work) (system.Client, error) {
	nc, err := nats.Connect(at)
	if err != nil {
		return nil, err
	}
	window := most
	if w.Window > 0 {
		window = min(w.Window, most)
	}
	// The window is that of the queue below. The library's own, which it has too,
	// would give up when it is full for a while.
	api, err := jetstream.New(nc, jetstream.WithPublishAsyncMaxPending(2*most))
	if err != nil {
		nc.Close()
		return nil, err
	}
	c := &client{nc: nc, api: api, one: w.Window == 1, under: make(chan sent, max(0, window-2))}
	c.answers.Go(c.await)
	return c, nil
}

// client publishes without waiting for each answer.
type client struct {
	nc      *nats.Conn
	api     jetstream.JetStream
	one     bool      // a message at a time
	under   chan sent // what is under way, in order
	answers sync.WaitGroup

	mu     sync.Mutex
	failed error // the first that nobody was told
}

// sent is a message under way.
type sent struct {
	answer jetstream.PubAckFuture
	acked  func(error)
	done   chan<- struct{} // or nil
}

// Send implements [system.Client].
func (c *client) Send(text []byte, acked func(error)) error {
	answer, err := c.api.PublishMsgAsync(&nats.Msg{Subject: subject, Data: text})
	if err != nil {
		return err
	}
	c.under <- sent{answer: answer, acked: acked}
	if c.one {
		return c.drain(context.Background())
	}
	return nil
}

// await takes the answers, in the order of sending.
func (c *client) await() {
	for s := range c.under {
		if s.done != nil {
			close(s.done)
			continue
		}
		var err error
		select {
		case <-s.answer.Ok():
		case err = <-s.answer.Err():
		}
		if s.acked != nil {
			s.acked(err)
		} else if err != nil {
			c.note(err)
		}
	}
}

// note keeps an error that Flush is to tell.
func (c *client) note(err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.failed == nil {
		c.failed = err
	}
}

// drain returns when all that was sent is answered.
func (c *client) drain(ctx context.Context) error {
	done := make(chan struct{})
	c.under <- sent{done: done}
	select {
	case <-done:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Flush implements [system.Client].
func (c *client) Flush(ctx context.Context) error {
	if err := c.drain(ctx); err != nil {
		return err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.failed
}

// Close implements [system.Client]. What is under way is given up.
func (c *client) Close() error {
	c.nc.Close()
	c.api.CleanupPublisher()
	close(c.under)
	c.answers.Wait()
	return nil
}
