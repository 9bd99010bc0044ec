package sender

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"sync"

	"xlattice.org/zog/bench/clock"
	"xlattice.org/zog/bench/system"
	"xlattice.org/zog/bench/texts"
)

// Run is the clients' process from its beginning to its end. told is a Spec, and
// orders come from stdin until that is closed.
func Run(ctx context.Context, told string) error {
	var c crowd
	if err := json.Unmarshal([]byte(told), &c.spec); err != nil {
		return err
	}
	say := json.NewEncoder(os.Stdout)
	if err := say.Encode(outcome(c.dial(ctx))); err != nil {
		return err
	}
	for orders := json.NewDecoder(os.Stdin); ; {
		var o Order
		switch err := orders.Decode(&o); {
		case errors.Is(err, io.EOF):
			return c.close()
		case err != nil:
			return err
		}
		if err := say.Encode(outcome(c.do(ctx, o))); err != nil {
			return err
		}
	}
}

func outcome(o Outcome, err error) Outcome {
	if err != nil {
		o.Error = err.Error()
	}
	return o
}

// crowd is all clients.
type crowd struct {
	spec    Spec
	clients []system.Client
	sent    int // by all
}

func (c *crowd) dial(ctx context.Context) (Outcome, error) {
	s, err := system.Find(c.spec.System)
	if err != nil {
		return Outcome{}, err
	}
	for i, at := range c.spec.Addresses {
		client, err := s.Dial(ctx, at, c.spec.Work)
		if err != nil {
			return Outcome{}, fmt.Errorf("client %d: %w", i, err)
		}
		c.clients = append(c.clients, client)
	}
	return Outcome{}, nil
}

func (c *crowd) close() (err error) {
	for _, client := range c.clients {
		err = errors.Join(err, client.Close())
	}
	return err
}

// Share is how many of the first messages of all clients are those of one.
func Share(messages, clients, client int) int {
	return (messages + clients - 1 - client) / clients
}

// do carries out an order with all clients at once.
func (c *crowd) do(ctx context.Context, o Order) (Outcome, error) {
	if o.Timed {
		return c.doTimed(ctx, o)
	}
	var all sync.WaitGroup
	failed := make([]error, len(c.clients))
	result := Outcome{Began: clock.Now()}
	for i := range c.clients {
		first := Share(c.sent, len(c.clients), i) + 1
		last := Share(c.sent+o.Messages, len(c.clients), i)
		all.Go(func() { failed[i] = c.send(ctx, i, first, last) })
	}
	all.Wait()
	result.Acked = clock.Now()
	c.sent += o.Messages
	return result, errors.Join(failed...)
}

// send sends the texts first to last of one client, and returns when they are
// acknowledged.
func (c *crowd) send(ctx context.Context, i, first, last int) error {
	all := texts.All(i, first, last, c.spec.Work.Text)
	if s, ok := c.clients[i].(system.Streamer); ok && c.spec.Work.Window != 1 {
		return s.Stream(ctx, all, nil)
	}
	for text := range all {
		if err := c.clients[i].Send([]byte(text), nil); err != nil {
			return err
		}
	}
	return c.clients[i].Flush(ctx)
}
