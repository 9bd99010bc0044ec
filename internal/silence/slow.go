package main

import (
	"context"
	"fmt"
	"os/exec"
	"strings"
	"time"
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
	if err := s.startSlow(ctx); err != nil {
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

// startSlow starts all hosts, the first with a disk that is slow from its start
// on. Strace stops the host at nothing but syncs, and ends with it.
func (s *stage) startSlow(ctx context.Context) error {
	inside := s.Inside
	s.Inside = func(i int, command ...string) []string {
		if i == 0 {
			command = append([]string{"strace", "-D", "-f", "--seccomp-bpf", "-o", "/dev/null", "-e", "trace=fsync,fdatasync",
				"-e", fmt.Sprintf("inject=fsync,fdatasync:delay_enter=%d", syncIn.Microseconds())}, command...)
		}
		return inside(i, command...)
	}
	if err := s.Launch(0); err != nil {
		return err
	}
	const syncsOfAStart = 12 // at most
	ready, err := s.within(ctx, syncsOfAStart*syncIn, func() bool { return s.Ready(0) })
	if err != nil {
		return err
	}
	if !ready {
		return fmt.Errorf("%s does not come up on a slow disk", s.Name(0))
	}
	for i := range s.Hosts[1:] {
		if err := s.Start(ctx, i+1); err != nil {
			return err
		}
	}
	return s.AwaitLinks(ctx)
}
