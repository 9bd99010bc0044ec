package main

import (
	"context"
	"fmt"
	"os/exec"
	"strings"
	"time"

	"xlattice.org/zog/internal/daemons"
)

// What floods the slow host.
const (
	flood  = 200 // clients
	lines  = 500 // of each
	syncIn = 5 * time.Second
)

// slowDisk has many clients send to one host whose disk takes seconds to sync.
// It is slow and not dead: no client may give its connection up, as what it
// sends again elsewhere makes all slower.
func slowDisk(ctx context.Context, s *stage) ([]figure, error) {
	if _, err := exec.LookPath("strace"); err != nil {
		return []figure{{Case: s.trial.name, Bar: barSlow, LeftOut: "left out: there is no strace"}}, nil
	}
	if err := s.startAll(ctx); err != nil {
		return nil, err
	}
	if err := s.slowDown(ctx, 0); err != nil {
		return nil, err
	}
	var clients []*client
	for i := range flood {
		c := s.newSprog(s.net.Clients, "send", "-", "-s", s.Name(0), "--timeout", "60s")
		c.cmd.Stdin = strings.NewReader(strings.Repeat(fmt.Sprintf("client %d\n", i), lines))
		if err := s.begin(c); err != nil {
			return nil, err
		}
		clients = append(clients, c)
	}
	var longest time.Duration
	resent, failed := 0, ""
	for _, c := range clients {
		wrong, err := s.finish(ctx, c)
		if err != nil {
			return nil, err
		}
		if wrong != "" {
			failed = wrong
		}
		if c.sum != nil {
			resent += c.sum.Resent
		}
		longest = max(longest, c.over.Sub(c.began))
	}
	if resent > 0 {
		failed = wrongs(failed, fmt.Sprintf("%d messages sent again", resent))
	}
	return s.one(longest, false, barSlow, failed), nil
}

// slowDown makes each sync of a host take seconds, until the stage is cleared.
func (s *stage) slowDown(ctx context.Context, host int) error {
	p, err := daemons.Launch(s.Dir, "strace", "strace", "-f", "-o", "/dev/null", "-p", fmt.Sprint(s.Host(host).Pid()),
		"-e", "trace=fsync,fdatasync", "-e", fmt.Sprintf("inject=fsync,fdatasync:delay_enter=%d", syncIn.Microseconds()))
	if err != nil {
		return err
	}
	s.tools = append(s.tools, p)
	return s.Await(ctx, "strace does not come to its process", func() bool { return p.Says("attached") > 0 })
}
