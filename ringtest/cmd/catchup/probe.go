package main

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"sync"
	"time"

	"xlattice.org/zog/client"
	"xlattice.org/zog/internal/test/daemons"
)

// connect returns a client of one host.
func connect(ring *daemons.Ring, host int) (*client.Client, error) {
	return client.New(client.Config{
		Hosts: []string{netip.AddrPortFrom(ring.Hosts[host].Address, ring.Ports.Client).String()},
		Order: client.Specific, Timeout: 30 * time.Second,
	})
}

// send sends messages as fast as the host takes them.
func send(ctx context.Context, ring *daemons.Ring, messages int) error {
	c, err := connect(ring, loaded)
	if err != nil {
		return err
	}
	defer c.Close()
	texts := func(yield func(string) bool) {
		for n := range messages {
			if !yield(fmt.Sprintf("message number %010d of very many", n)) {
				return
			}
		}
	}
	var failed error
	_, err = c.SendAll(ctx, texts, func(r client.Result) { failed = errors.Join(failed, r.Err) })
	return errors.Join(err, failed)
}

// probe sends messages at a steady rate, and records how long each takes from when it was due, so that
// messages that wait behind a slow answer count too.
type probe struct {
	cancel context.CancelFunc
	done   sync.WaitGroup

	mu    sync.Mutex
	taken times
}

// times are how long answers took.
type times []time.Duration

func (t times) String() string {
	if len(t) == 0 {
		return "nothing"
	}
	slices.Sort(t)
	at := func(share float64) time.Duration {
		return t[min(len(t)-1, int(share*float64(len(t))))].Round(10 * time.Microsecond)
	}
	return fmt.Sprintf("%d answers, p50 %v, p99 %v, worst %v", len(t), at(0.5), at(0.99), at(1))
}

func startProbe(ctx context.Context, ring *daemons.Ring, rate int) (*probe, error) {
	c, err := connect(ring, probed)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithCancel(ctx)
	p := &probe{cancel: cancel}
	p.done.Go(func() {
		defer c.Close()
		due := time.Now()
		for n := 0; ctx.Err() == nil; n++ {
			due = due.Add(time.Second / time.Duration(rate))
			if pause(ctx, time.Until(due)) != nil {
				return
			}
			if _, err := c.Send(ctx, fmt.Sprint("live message ", n)); err == nil {
				p.add(time.Since(due))
			}
		}
	})
	return p, nil
}

func (p *probe) add(d time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.taken = append(p.taken, d)
}

// take returns the times since the last call.
func (p *probe) take() times {
	p.mu.Lock()
	defer p.mu.Unlock()
	t := p.taken
	p.taken = nil
	return t
}

// stop stops it. A second call does nothing.
func (p *probe) stop() {
	p.cancel()
	p.done.Wait()
}
