// Package nats has NATS core do zog's job: a nats-server on each host, all
// connected with each other by routes, and on each host a subscriber that writes
// what comes.
//
// NATS core acknowledges nothing, and keeps nothing for those who are away: a
// message counts as acknowledged once the client's library has it.
package nats

import (
	"context"
	"fmt"
	"time"

	"github.com/nats-io/nats.go"

	"xlattice.org/zog/bench/peer"
	"xlattice.org/zog/bench/system"
)

// subject is what all messages are published to.
const subject = "log"

func init() { system.Register(core{}) }

// core implements [system.System]: NATS without JetStream.
type core struct{}

// Name implements [system.System].
func (core) Name() string { return "nats" }

// Missing implements [system.System]: the server is linked in.
func (core) Missing() error { return nil }

// Start implements [system.System].
func (core) Start(ctx context.Context, dir string, w system.Work) (system.Cluster, error) {
	if w.Sync || w.Copies > 1 || w.Window == 1 {
		return nil, fmt.Errorf("nothing is acknowledged: %w", peer.ErrUnable)
	}
	ports, err := peer.FreePorts(w.Hosts, 2)
	if err != nil {
		return nil, err
	}
	c := peer.NewCluster(dir, w)
	for i := range w.Hosts {
		node := Config{Host: i, Hosts: w.Hosts, Client: ports[0], Route: ports[1], Log: c.Log(i)}
		if _, err := c.StartNode(i, "nats", node); err != nil {
			_ = c.Stop() // the other error tells
			return nil, err
		}
		c.Addresses = append(c.Addresses, "nats://"+peer.At(i, ports[0]))
	}
	if err := c.Await(ctx); err != nil {
		_ = c.Stop()
		return nil, err
	}
	return c, nil
}

// Dial implements [system.System].
func (core) Dial(_ context.Context, at string, w system.Work) (system.Client, error) {
	nc, err := nats.Connect(at)
	return &client{nc, w.Limit}, err
}

// client implements [system.Client]. The library gathers what is published while
// it writes.
type client struct {
	nc    *nats.Conn
	limit time.Duration // of a flush, which must have one
}

// Send implements [system.Client].
func (c *client) Send(text []byte, acked func(error)) error {
	err := c.nc.Publish(subject, text)
	if acked != nil {
		acked(err)
	}
	return err
}

// Flush implements [system.Client]. It returns when the server has it all.
func (c *client) Flush(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, c.limit)
	defer cancel()
	return c.nc.FlushWithContext(ctx)
}

// Close implements [system.Client].
func (c *client) Close() error {
	c.nc.Close()
	return nil
}
