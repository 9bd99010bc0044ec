package ringtest

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync/atomic"

	"xlattice.org/zog/client"
	"xlattice.org/zog/internal/check"
)

// Client is a client of the ring: that of package client, which keeps a record of
// what it sent, and what it was told. [Ring.RequireSettled] holds the ring to it.
type Client struct {
	*client.Client
	ring *Ring
	name string

	turn chan struct{} // held by one row of messages at a time: they have an order
	n    atomic.Uint64
}

// Client returns a client of the hosts with the names given, separated by spaces,
// or of all. One host's client waits for it when it is down; one of several goes to
// another. It is closed at the test's end.
func (r *Ring) Client(hosts ...string) *Client {
	r.t.Helper()
	var cfg client.Config
	for _, h := range r.Hosts(hosts...) {
		cfg.Hosts = append(cfg.Hosts, h.clientAddress().String())
	}
	if len(cfg.Hosts) == 1 {
		cfg.Order = client.Specific
	}
	return r.ClientWith(cfg)
}

// ClientWith returns a client with a configuration of its own; without Hosts it is
// one of all. Dial and Rand are the ring's.
func (r *Ring) ClientWith(cfg client.Config) *Client {
	r.t.Helper()
	if len(cfg.Hosts) == 0 {
		cfg.Hosts = r.Addresses()
	}
	cfg.Dial = r.Dial
	r.mu.Lock()
	defer r.mu.Unlock()
	cfg.Rand = rand.NewPCG(r.options.seed, uint64(len(r.clients)+1))
	c, err := client.New(cfg)
	if err != nil {
		r.t.Fatalf("ringtest: %v", err)
	}
	mine := &Client{Client: c, ring: r, name: fmt.Sprint("client ", len(r.clients)+1), turn: make(chan struct{}, 1)}
	r.clients = append(r.clients, mine)
	return mine
}

// Send sends texts, one after the other and each when the one before is answered,
// and returns the first error. It may be used from any goroutine.
func (c *Client) Send(texts ...string) error {
	c.turn <- struct{}{}
	defer func() { <-c.turn }()
	var first error
	for _, text := range texts {
		receipt, err := c.Client.Send(context.Background(), text)
		c.note(client.Result{Text: text, Receipt: receipt, Err: err})
		if first == nil {
			first = err
		}
	}
	return first
}

// SendAll sends texts without waiting for the answers between, and returns what
// became of them.
func (c *Client) SendAll(texts ...string) (client.Summary, error) {
	c.turn <- struct{}{}
	defer func() { <-c.turn }()
	return c.Client.SendAll(context.Background(), slices.Values(texts), c.note)
}

// note keeps on record what became of a message.
func (c *Client) note(r client.Result) {
	m := check.Message{
		Sender: c.name, N: c.n.Add(1), Host: c.ring.nameAt(r.Host), Text: r.Text,
		Outcome: outcome(r.Err), Copies: r.Copies,
	}
	if r.Resends > 0 {
		m.Sends = 1 + r.Resends
	}
	c.ring.mu.Lock()
	defer c.ring.mu.Unlock()
	c.ring.sent = append(c.ring.sent, sent{m, c.ring.Elapsed()})
}

// nameAt is the host that serves clients at an address.
func (r *Ring) nameAt(address string) string {
	for _, h := range r.hosts {
		if h.clientAddress().String() == address {
			return h.name
		}
	}
	return address
}

// outcome is what the client's error says of a message. One that was not sent is
// as good as refused: it may be in no log.
func outcome(err error) check.Outcome {
	var fewer *client.CopiesError
	switch {
	case err == nil, errors.As(err, &fewer):
		return check.Ok
	case errors.Is(err, client.ErrUnacknowledged):
		return check.Unknown
	}
	return check.Refused
}

// Acknowledged returns how many messages of all clients were acknowledged.
func (r *Ring) Acknowledged() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	n := 0
	for i := range r.sent {
		if r.sent[i].Outcome == check.Ok {
			n++
		}
	}
	return n
}
