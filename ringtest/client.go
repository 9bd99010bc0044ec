package ringtest

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"

	"xlattice.org/zog/client"
	"xlattice.org/zog/internal/test/check"
	"xlattice.org/zog/ringtest/internal/outcome"
)

// Client is a client of the ring. It embeds a client of package client; its own Send and SendAll
// also record what was sent and what became of it, and [Ring.RequireSettled] compares the logs with
// that record. A program that needs a client.Client makes its own, with [Ring.Config].
type Client struct {
	*client.Client
	ring *Ring
	name string

	lock chan struct{} // held by one Send or SendAll at a time: the record has their order
	n    uint64        // messages so far; guarded by lock
}

// Client returns a client of the hosts with the names given, separated by spaces, or of all. A
// client of one host waits for it when it is down; a client of several goes to another. The ring
// closes it at the end of the test.
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

// ClientWith returns a client with a configuration. Without Hosts it is a client of all. Dial and
// Rand must be nil: the ring sets them.
func (r *Ring) ClientWith(cfg client.Config) *Client {
	r.t.Helper()
	if cfg.Dial != nil || cfg.Rand != nil {
		r.fatal("client.Config has Dial or Rand: a client of the ring has those of the ring")
	}
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
	mine := &Client{Client: c, ring: r, name: fmt.Sprint("client ", len(r.clients)+1), lock: make(chan struct{}, 1)}
	r.clients = append(r.clients, mine)
	return mine
}

// Send sends texts one by one, each when the one before has been answered. It goes on after an
// error, and returns the first. It may be used from any goroutine.
func (c *Client) Send(texts ...string) error {
	c.lock <- struct{}{}
	defer func() { <-c.lock }()
	var first error
	for _, text := range texts {
		index := c.recordSent(text)
		receipt, err := c.Client.Send(context.Background(), text)
		c.recordResult(index, client.Result{Text: text, Receipt: receipt, Err: err})
		if first == nil {
			first = err
		}
	}
	return first
}

// SendAll sends texts without waiting for each answer, and returns a summary of the results.
func (c *Client) SendAll(texts ...string) (client.Summary, error) {
	c.lock <- struct{}{}
	defer func() { <-c.lock }()
	var mu sync.Mutex
	var indices []int // in the record, of the texts that the client has taken
	recorded := func(yield func(string) bool) {
		for _, text := range texts {
			index := c.recordSent(text)
			mu.Lock()
			indices = append(indices, index)
			mu.Unlock()
			if !yield(text) {
				return
			}
		}
	}
	summary, err := c.Client.SendAll(context.Background(), recorded, func(r client.Result) {
		mu.Lock()
		index := indices[r.Index]
		mu.Unlock()
		c.recordResult(index, r)
	})
	return summary, err
}

// recordSent records a message before it is sent, with an unknown outcome. It returns its index in
// the record.
func (c *Client) recordSent(text string) int {
	c.n++
	c.ring.mu.Lock()
	defer c.ring.mu.Unlock()
	c.ring.sent = append(c.ring.sent, sent{
		Message: check.Message{Sender: c.name, N: c.n, Text: text, Outcome: check.Unknown}, open: true,
	})
	return len(c.ring.sent) - 1
}

// recordResult records what became of a message.
func (c *Client) recordResult(index int, r client.Result) {
	at, host := c.ring.Elapsed(), c.ring.nameAt(r.Host)
	c.ring.mu.Lock()
	defer c.ring.mu.Unlock()
	s := &c.ring.sent[index]
	s.Message, s.open, s.at = outcome.Message(s.Sender, s.N, host, r), false, at
}

// waiting returns a message whose answer a client still waits for, if there is one.
func (r *Ring) waiting() (s sent, found bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	i := slices.IndexFunc(r.sent, func(s sent) bool { return s.open })
	if i < 0 {
		return sent{}, false
	}
	return r.sent[i], true
}

// nameAt returns the name of the host that serves clients at an address, or the address.
func (r *Ring) nameAt(address string) string {
	for _, h := range r.hosts {
		if h.clientAddress().String() == address {
			return h.name
		}
	}
	return address
}

// Acknowledged returns the number of acknowledged messages of all clients.
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
