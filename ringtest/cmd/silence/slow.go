package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"strings"
	"time"
)

// The load of the slow host.
const (
	floods = 200 // clients
	lines  = 500 // per client
	syncIn = 5 * time.Second
)

// slowDisk has many clients send to one host whose disk takes seconds to sync. The host is slow, not
// dead: no client may close its connection, because what it sends again elsewhere is more work for
// all.
func slowDisk(ctx context.Context, s *stage) ([]figure, error) {
	if _, err := exec.LookPath("strace"); err != nil {
		return []figure{{Case: s.trial.name, Bar: barSlow, LeftOut: "left out: there is no strace"}}, nil
	}
	s.limit = max(s.limit, 2*barSlow*time.Second) // the clients end together, when all is synced
	if err := s.startSlow(ctx); err != nil {
		return nil, err
	}
	clients, err := s.flood(ctx)
	if err != nil {
		return nil, err
	}
	began, resent, failed := time.Now(), 0, ""
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
	}
	if resent > 0 {
		failed = join(failed, fmt.Sprintf("%d messages sent again", resent))
	}
	return s.one(time.Since(began), false, barSlow, failed), nil
}

// flood starts the clients, and gives them their lines when all run.
func (s *stage) flood(ctx context.Context) (clients []*client, err error) {
	var inputs []io.WriteCloser
	for range floods {
		c := s.newSprog(s.net.Clients, "send", "-", "-s", s.Name(0), "--timeout", "60s")
		stdin, err := c.cmd.StdinPipe()
		if err != nil {
			return nil, err
		}
		if err := s.begin(c); err != nil {
			return nil, err
		}
		clients, inputs = append(clients, c), append(inputs, stdin)
	}
	if err := s.sleep(ctx, time.Second); err != nil {
		return nil, err
	}
	for i, stdin := range inputs {
		// The buffer of the pipe has room for all lines.
		_, err := io.WriteString(stdin, strings.Repeat(fmt.Sprintf("client %d\n", i), lines))
		if err = errors.Join(err, stdin.Close()); err != nil {
			return nil, err
		}
	}
	return clients, nil
}

// startSlow starts all hosts, the first with a slow disk. strace stops it only at syncs, and ends with
// it.
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
