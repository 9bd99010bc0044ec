package main

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"net/netip"
	"sync"
	"time"

	"xlattice.org/zog/client"
	"xlattice.org/zog/internal/config"
	"xlattice.org/zog/internal/test/daemons"
	"xlattice.org/zog/ringtest/internal/outcome"
)

// traffic is some clients that send at a steady rate, also while hosts are down.
type traffic struct {
	ledger *ledger
	names  map[string]string // of the hosts, by address and port
	period time.Duration     // time between two messages of a client
	stop   chan struct{}     // closed when the clients are to send no more
	done   sync.WaitGroup
}

// sender is one of the clients.
type sender struct {
	*traffic
	client *client.Client
	number int
	next   uint32 // message
}

// startTraffic starts the clients. They end with finish, or with ctx.
func startTraffic(ctx context.Context, s *settings, ring *config.Ring, l *ledger) (*traffic, error) {
	t := &traffic{
		ledger: l, names: make(map[string]string),
		period: time.Second / time.Duration(s.rate), stop: make(chan struct{}),
	}
	var addresses []string
	for _, h := range ring.Hosts {
		address := netip.AddrPortFrom(h.Address, ring.Ports.Client).String()
		addresses = append(addresses, address)
		t.names[address] = h.Name
	}
	for i := range s.clients {
		cfg := client.Config{
			Hosts: addresses, Order: client.Random, MinCopies: s.copies,
			Timeout: 2 * time.Second, Window: 4 * s.rate,
			Retry: client.Retry{Initial: 20 * time.Millisecond, Max: 200 * time.Millisecond},
		}
		if s.order == "own" {
			cfg.Hosts, cfg.Order = []string{addresses[i%len(addresses)]}, client.Specific
		}
		c, err := client.New(cfg)
		if err != nil {
			return nil, errors.Join(err, t.finish())
		}
		sender := &sender{traffic: t, client: c, number: i}
		t.done.Go(func() { sender.run(ctx) })
	}
	return t, nil
}

// run sends until stop is closed. An error of SendAll means that no host could be reached for a while;
// it tries again then.
func (s *sender) run(ctx context.Context) {
	defer s.client.Close()
	for {
		first := s.next
		_, err := s.client.SendAll(ctx, s.texts(ctx), func(r client.Result) { s.report(first+uint32(r.Index), r) })
		if err == nil || ctx.Err() != nil {
			return
		}
		select {
		case <-time.After(50 * time.Millisecond):
		case <-s.stop:
			return
		case <-ctx.Done():
			return
		}
	}
}

// texts yields the sender's messages, each when it is due.
func (s *sender) texts(ctx context.Context) iter.Seq[string] {
	return func(yield func(string) bool) {
		tick := time.NewTicker(s.period)
		defer tick.Stop()
		for {
			select {
			case <-tick.C:
			case <-s.stop:
				return
			case <-ctx.Done():
				return
			}
			s.next++
			if !yield(textOf(s.number, s.next-1)) {
				return
			}
		}
	}
}

// report records the result of a message.
func (s *sender) report(n uint32, r client.Result) {
	s.ledger.add(s.number, outcome.Message(fmt.Sprint("c", s.number), uint64(n), s.names[r.Host], r))
}

// finish stops the clients, and waits until they have their answers.
func (t *traffic) finish() error {
	close(t.stop)
	done := make(chan struct{})
	go func() {
		defer close(done)
		t.done.Wait()
	}()
	select {
	case <-done:
		return nil
	case <-time.After(daemons.Timeout):
		return fmt.Errorf("the clients do not end within %v", daemons.Timeout)
	}
}
