package main

import (
	"context"
	"errors"
	"os"
	"time"

	"xlattice.org/zog/internal/config"
	"xlattice.org/zog/internal/test/daemons"
	"xlattice.org/zog/internal/test/netns"
)

// stage is the ring of one case, in a network of its own. It is for one goroutine.
type stage struct {
	*rig
	*daemons.Ring
	trial   *trial
	net     *netns.Network
	clients []*client
}

// play runs a case once, and leaves nothing running.
func (r *rig) play(ctx context.Context, c *trial) (figures []figure, err error) {
	if ctx.Err() != nil {
		return nil, daemons.ErrInterrupted
	}
	dir, err := os.MkdirTemp(r.dir, "case-")
	if err != nil {
		return nil, err
	}
	s, err := r.newStage(c, dir)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, s.net.Remove()) }()
	if err := s.net.Make(); err != nil {
		return nil, err
	}
	defer s.clear()
	return c.run(ctx, s)
}

// newStage plans the network and the ring.
func (r *rig) newStage(c *trial, dir string) (*stage, error) {
	cfg := config.Loopback(size)
	cfg.Hosts = r.hosts
	s := &stage{rig: r, trial: c}
	var err error
	if s.net, err = netns.Plan(cfg); err != nil {
		return nil, err
	}
	if s.Ring, err = daemons.New(dir, r.zog, cfg); err != nil {
		return nil, err
	}
	s.Flags = []string{"--log-format", "json"}
	s.Inside = func(i int, command ...string) []string { return s.net.Hosts[i].Inside(command...) }
	return s, s.OnlyDefaults()
}

// clear kills what still runs.
func (s *stage) clear() {
	for _, c := range s.clients {
		c.kill()
	}
	s.Clear()
}

// startAll starts all hosts, and returns when they are connected.
func (s *stage) startAll(ctx context.Context) error {
	for i := range s.Hosts {
		if err := s.Launch(i); err != nil {
			return err
		}
	}
	err := s.Await(ctx, "not all hosts take messages", func() bool {
		for i := range s.Hosts {
			if !s.Ready(i) {
				return false
			}
		}
		return true
	})
	if err != nil {
		return err
	}
	return s.AwaitLinks(ctx)
}

// within waits until a condition is true, or the limit is over, and returns which. An error ends the
// run.
func (s *stage) within(ctx context.Context, limit time.Duration, holds func() bool) (bool, error) {
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for end := time.Now().Add(limit); !holds(); {
		if err := s.Ended(); err != nil {
			return false, err
		}
		if time.Now().After(end) {
			return false, nil
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return false, daemons.ErrInterrupted
		}
	}
	return true, nil
}

// sleep waits. A host that ends meanwhile is an error.
func (s *stage) sleep(ctx context.Context, d time.Duration) error {
	_, err := s.within(ctx, d, func() bool { return false })
	return err
}

// index returns the index of the host with a name, or -1.
func (s *stage) index(name string) int {
	for i := range s.Hosts {
		if s.Name(i) == name {
			return i
		}
	}
	return -1
}
