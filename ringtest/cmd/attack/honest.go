package main

import (
	"context"
	"crypto/tls"
	"fmt"
	"iter"
	"net/netip"
	"sync"
	"time"

	"xlattice.org/zog/client"
	"xlattice.org/zog/internal/test/check"
	"xlattice.org/zog/internal/test/daemons"
	"xlattice.org/zog/ringtest/internal/outcome"
)

// answered is the result of one message of an honest client.
type answered struct {
	due  time.Time
	took time.Duration // since then
	ok   bool
}

// honest is a client that sends at a steady rate to one host.
type honest struct {
	name, host string
	client     *client.Client
	period     time.Duration
	cancel     func()        // ends it at once
	stop       chan struct{} // closed when no more is to be sent
	done       chan struct{} // closed at its end

	due []time.Time // of its messages, from 0 on; for its own goroutine

	mu       sync.Mutex
	answers  []answered
	messages []check.Message
}

// clientOf returns a client of one host.
func (s *stage) clientOf(host int) (*client.Client, error) {
	var protected func(string) *tls.Config
	if s.certs != nil {
		protected = func(string) *tls.Config { return s.certs.honest.DialHost(s.Name(host)) }
	}
	return client.New(client.Config{
		TLSFor: protected,
		Hosts:  []string{s.clientPort(host).String()}, Order: client.Specific, Window: 4 * s.rate,
		Retry: client.Retry{Initial: 20 * time.Millisecond, Max: 200 * time.Millisecond},
	})
}

// clientPort is where host i takes messages, peerPort where it takes peers.
func (s *stage) clientPort(i int) netip.AddrPort {
	return netip.AddrPortFrom(s.Hosts[i].Address, s.Ports.Client)
}

func (s *stage) peerPort(i int) netip.AddrPort {
	return netip.AddrPortFrom(s.Hosts[i].Address, s.Ports.Peer)
}

// newHonest returns a client that has nothing to send with, and its context.
func (s *stage) newHonest(ctx context.Context, name string, host int) (*honest, context.Context) {
	ctx, cancel := context.WithCancel(ctx)
	return &honest{
		name: name + " " + s.Name(host), host: s.Name(host),
		cancel: cancel, stop: make(chan struct{}), done: make(chan struct{}),
	}, ctx
}

// startHonest starts a client of a host. It ends with finish, or with ctx.
func (s *stage) startHonest(ctx context.Context, host int) (*honest, error) {
	c, err := s.clientOf(host)
	if err != nil {
		return nil, err
	}
	h, ctx := s.newHonest(ctx, "honest", host)
	h.client, h.period = c, time.Second/time.Duration(s.rate)
	go h.run(ctx)
	return h, nil
}

// run sends until there is no more to send. An error of SendAll means that the
// host could not be reached for a while; then it tries again.
func (h *honest) run(ctx context.Context) {
	defer close(h.done)
	defer h.client.Close()
	start := time.Now()
	for ctx.Err() == nil && !h.over() {
		first := len(h.due)
		_, _ = h.client.SendAll(ctx, h.texts(ctx, start), func(r client.Result) { h.report(first+r.Index, r) })
	}
}

// over says whether the client is to send no more.
func (h *honest) over() bool {
	select {
	case <-h.stop:
		return true
	default:
		return false
	}
}

// texts yields the messages, each when it is due. The due times do not shift when the client takes a
// message late.
func (h *honest) texts(ctx context.Context, start time.Time) iter.Seq[string] {
	return func(yield func(string) bool) {
		for {
			due := start.Add(time.Duration(len(h.due)) * h.period)
			select {
			case <-time.After(time.Until(due)):
			case <-h.stop:
				return
			case <-ctx.Done():
				return
			}
			h.mu.Lock()
			h.due = append(h.due, due)
			n := len(h.due) - 1
			h.mu.Unlock()
			if h.over() || !yield(fmt.Sprintf("%s says %d", h.name, n)) {
				return
			}
		}
	}
}

// report records the result of message n.
func (h *honest) report(n int, r client.Result) {
	h.mu.Lock()
	defer h.mu.Unlock()
	due := h.due[n]
	h.answers = append(h.answers, answered{due, time.Since(due), outcome.Of(r.Err) == check.Ok})
	h.messages = append(h.messages, outcome.Message(h.name, uint64(n), h.host, r))
}

// finish stops the client when it has its answers. If they do not come in time it says so.
func (h *honest) finish() (wrong string) {
	close(h.stop)
	select {
	case <-h.done:
	case <-time.After(daemons.Timeout):
		wrong = fmt.Sprintf("%s has no answers after %v", h.name, daemons.Timeout)
	}
	h.cancel()
	<-h.done
	return wrong
}

// between returns how long the messages took that were due between two times, and how many of them
// were not acknowledged.
func (h *honest) between(from, to time.Time) (times []time.Duration, failed int) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, a := range h.answers {
		if a.due.Before(from) || !a.due.Before(to) {
			continue
		}
		times = append(times, a.took)
		if !a.ok {
			failed++
		}
	}
	return times, failed
}

// pause is the time between two messages of a newcomer.
const pause = 250 * time.Millisecond

// startNewcomer starts a client that dials a host anew for each message. finish ends it.
func (s *stage) startNewcomer(ctx context.Context, host int) *honest {
	n, ctx := s.newHonest(ctx, "new", host)
	go func() {
		defer close(n.done)
		for ctx.Err() == nil && !n.over() {
			n.sendOne(ctx, s, host)
			select {
			case <-time.After(pause):
			case <-n.stop:
			case <-ctx.Done():
			}
		}
	}()
	return n
}

// sendOne sends one message over a new connection. It is for one goroutine.
func (n *honest) sendOne(ctx context.Context, s *stage, host int) {
	c, err := s.clientOf(host)
	if err != nil {
		return // it cannot fail: the other clients have the same configuration
	}
	defer c.Close()
	n.due = append(n.due, time.Now())
	number := len(n.due) - 1
	text := fmt.Sprintf("%s says %d", n.name, number)
	receipt, err := c.Send(ctx, text)
	n.report(number, client.Result{Text: text, Receipt: receipt, Err: err})
}
