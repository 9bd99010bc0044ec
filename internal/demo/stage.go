package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"time"

	"xlattice.org/zog/internal/config"
)

// possible returns an error if no ring can run here.
func possible() error {
	for _, bin := range []string{zog, sprog} {
		if _, err := os.Stat(bin); err != nil {
			return fmt.Errorf("%w: make demo builds it first", err)
		}
	}
	ring := config.Loopback(size)
	for _, h := range ring.Hosts {
		for _, port := range []uint16{ring.Ports.Peer, ring.Ports.Client} {
			at := netip.AddrPortFrom(h.Address, port)
			l, err := net.Listen("tcp", at.String())
			if err != nil {
				return fmt.Errorf("%s cannot be had: is another ring running here? (%w)", at, errors.Unwrap(err))
			}
			l.Close()
		}
	}
	return nil
}

// size is how many hosts there are.
const size = 5

// stage is where it happens: a ring, the programs that run, and the narrator.
type stage struct {
	out   io.Writer
	began time.Time
	dir   string
	file  string // of the ring
	ring  *config.Ring
	hosts []*program // nil where none runs
	sprog *program
}

func newStage(out io.Writer, dir string) *stage {
	ring := config.Loopback(size)
	ring.Log.Dir = filepath.Join(dir, "{name}")
	return &stage{
		out: out, began: time.Now(), dir: dir, ring: ring,
		file:  filepath.Join(dir, "zog.yaml"),
		hosts: make([]*program, len(ring.Hosts)),
	}
}

// say tells what happens, with the time since the beginning.
func (s *stage) say(format string, args ...any) {
	fmt.Fprintf(s.out, "%5.1f s  %s\n", time.Since(s.began).Seconds(), fmt.Sprintf(format, args...))
}

// show adds a line below what was said.
func (s *stage) show(format string, args ...any) {
	fmt.Fprintf(s.out, "           %s\n", fmt.Sprintf(format, args...))
}

func (s *stage) name(i int) string { return s.ring.Hosts[i].Name }

// names lists the hosts.
func (s *stage) names() string {
	names := make([]string, len(s.ring.Hosts))
	for i := range names {
		names[i] = s.name(i)
	}
	return strings.Join(names, " ")
}

// start starts host i, and returns when it takes messages.
func (s *stage) start(ctx context.Context, i int) error {
	p, err := launch(s.dir, s.name(i), zog, "run", "--config", s.file, "--name", s.name(i))
	if err != nil {
		return err
	}
	s.hosts[i] = p
	return s.await(ctx, s.name(i)+" does not come up", func() bool { return p.says("taking messages") > 0 })
}

// awaitLinks returns when each host has a connection to each other.
func (s *stage) awaitLinks(ctx context.Context) error {
	for i, p := range s.hosts {
		err := s.await(ctx, s.name(i)+" does not reach the others", func() bool { return p.says("peer is up") >= len(s.hosts)-1 })
		if err != nil {
			return err
		}
	}
	return nil
}

// patience is how long a thing that takes a moment may take.
const patience = 20 * time.Second

// await returns when a condition holds. It gives up after a while, and when a
// program has ended that should not have.
func (s *stage) await(ctx context.Context, otherwise string, holds func() bool) error {
	tick, end := time.NewTicker(10*time.Millisecond), time.After(patience)
	defer tick.Stop()
	for !holds() {
		if err := s.ended(); err != nil {
			return err
		}
		select {
		case <-tick.C:
		case <-end:
			return fmt.Errorf("%s within %v", otherwise, patience)
		case <-ctx.Done():
			return errors.New("interrupted")
		}
	}
	return nil
}

// watch lets things happen for a while.
func (s *stage) watch(ctx context.Context, d time.Duration) error {
	end := time.Now().Add(d)
	return s.await(ctx, "", func() bool { return !time.Now().Before(end) })
}

// ended returns an error when a program has ended by itself.
func (s *stage) ended() error {
	for _, p := range append([]*program{s.sprog}, s.hosts...) {
		if p != nil && p.over() {
			return fmt.Errorf("%s has ended: %s", p, p.lastWords())
		}
	}
	return nil
}

// clear kills whatever still runs.
func (s *stage) clear() {
	for _, p := range append([]*program{s.sprog}, s.hosts...) {
		if p != nil {
			p.kill()
		}
	}
}
