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

// Client is a client of the ring: that of package client, whose Send and SendAll keep
// a record of what was sent, and what was told. [Ring.RequireSettled] holds the ring to
// it. They are not those of client.Client, which keep none: a program that wants that
// type gets one of its own, by [Ring.Addresses] and [Ring.Dial], and [OtherClients].
type Client struct {
	*client.Client
	ring *Ring
	name string

	turn chan struct{} // held by one row of messages at a time: they have an order
	n    uint64        // messages so far; by who has the turn
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
// one of all. Dial and Rand are the ring's, and must be nil.
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
		place := c.open(text)
		receipt, err := c.Client.Send(context.Background(), text)
		c.note(place, client.Result{Text: text, Receipt: receipt, Err: err})
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
	var mu sync.Mutex
	var places []int // in the record, of those that were drawn
	drawn := func(yield func(string) bool) {
		for _, text := range texts {
			place := c.open(text)
			mu.Lock()
			places = append(places, place)
			mu.Unlock()
			if !yield(text) {
				return
			}
		}
	}
	summary, err := c.Client.SendAll(context.Background(), drawn, func(r client.Result) {
		mu.Lock()
		place := places[r.Index]
		mu.Unlock()
		c.note(place, r)
	})
	return summary, err
}

// open puts a message on record before it is sent: nobody knows what becomes of it.
// It returns its place there.
func (c *Client) open(text string) int {
	c.n++
	c.ring.mu.Lock()
	defer c.ring.mu.Unlock()
	c.ring.sent = append(c.ring.sent, sent{
		Message: check.Message{Sender: c.name, N: c.n, Text: text, Outcome: check.Unknown}, open: true,
	})
	return len(c.ring.sent) - 1
}

// note puts on record what became of a message.
func (c *Client) note(place int, r client.Result) {
	at, host := c.ring.Elapsed(), c.ring.nameAt(r.Host)
	c.ring.mu.Lock()
	defer c.ring.mu.Unlock()
	s := &c.ring.sent[place]
	s.Message, s.open, s.at = outcome.Message(s.Sender, s.N, host, r), false, at
}

// Told puts on record what a client that is none of the ring's was told of a message,
// by client.Client.Send or in a client.Result: RequireSettled holds the ring to that
// too. Nothing is said about the order among such messages. See [OtherClients].
func (r *Ring) Told(text string, receipt client.Receipt, err error) {
	r.mu.Lock()
	c := &Client{ring: r, name: fmt.Sprint("another client, message ", len(r.sent)+1)}
	r.mu.Unlock()
	c.note(c.open(text), client.Result{Text: text, Receipt: receipt, Err: err})
}

// waiting returns a message that a client still waits for an answer to.
func (r *Ring) waiting() (s sent, found bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	i := slices.IndexFunc(r.sent, func(s sent) bool { return s.open })
	if i < 0 {
		return sent{}, false
	}
	return r.sent[i], true
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
