package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"xlattice.org/zog/internal/test/check"
	"xlattice.org/zog/internal/test/daemons"
)

// recover starts the hosts that were stopped, and returns when zog verify succeeds, or --limit is
// over.
func (s *stage) recover(ctx context.Context) error {
	for _, i := range s.attack.stopped {
		if s.Host(i) == nil {
			if err := s.Start(ctx, i); err != nil {
				return err
			}
		}
	}
	began := time.Now()
	for {
		code, said := s.verify(ctx)
		if ctx.Err() != nil {
			return daemons.ErrInterrupted
		}
		s.figure.Verify = fmt.Sprintf("ok after %.1f s", time.Since(began).Seconds())
		if code == 0 {
			return nil
		}
		if err := s.Ended(); err != nil {
			return err
		}
		if time.Since(began) > s.limit {
			s.verifyFailed(code, said)
			return nil
		}
		if err := s.Await(ctx, "", elapsed(200*time.Millisecond)); err != nil {
			return err
		}
	}
}

// verifyFailed records the last result of zog verify. After a forgery logs may differ.
func (s *stage) verifyFailed(code int, said string) {
	const differs = 5
	ends := fmt.Sprintf("ends with %d", code)
	if code == killed {
		ends = "does not end"
	}
	s.figure.Verify = fmt.Sprintf("%s after %.0f s", ends, s.limit.Seconds())
	if !s.attack.forges || code != differs {
		s.figure.Wrong = append(s.figure.Wrong, strings.TrimSuffix("zog verify "+ends+": "+said, ": "))
	}
}

// elapsed returns a condition that is true after d.
func elapsed(d time.Duration) func() bool {
	end := time.Now().Add(d)
	return func() bool { return !time.Now().Before(end) }
}

// killed is the exit code of a program that did not end in time.
const killed = -1

// verify runs zog verify --ring, and returns its exit code and its last line.
func (s *stage) verify(ctx context.Context) (code int, said string) {
	ctx, cancel := context.WithTimeout(ctx, daemons.Timeout)
	defer cancel()
	cmd := exec.CommandContext(ctx, s.zog, "verify", "--ring", "--config", s.File)
	cmd.Env = s.environment()
	out, _ := cmd.CombinedOutput() // the exit code says whether it failed
	lines := strings.Split(strings.TrimSpace(string(out)), "\n")
	if cmd.ProcessState == nil {
		return killed, ""
	}
	return cmd.ProcessState.ExitCode(), lines[len(lines)-1]
}

// audit compares the logs with what the clients were told. After a forgery the logs differ in texts
// with forged seqs, and messages whose seqs were taken are sent again.
func (s *stage) audit() error {
	s.Clear()
	record := new(check.Record)
	for _, m := range s.records {
		record.Add(m)
	}
	c, err := check.New(record, check.Config{Hosts: s.Names(), Settled: true, Others: true})
	if err != nil {
		return err
	}
	for i, dir := range s.Dirs() {
		if err := c.Log(i).ReadDir(os.DirFS(dir)); err != nil {
			return err
		}
	}
	report := c.Report()
	for _, kind := range []check.Kind{check.Lost, check.Duplicated, check.Reordered, check.Differing, check.Malformed} {
		n := report.Count(kind)
		if n == 0 || s.attack.forges && kind == check.Differing {
			continue
		}
		s.figure.Wrong = append(s.figure.Wrong, fmt.Sprintf("%d %v", n, kind))
	}
	if n := countDoubled(report, s.records); n > 0 && !s.attack.forges {
		s.figure.Wrong = append(s.figure.Wrong, fmt.Sprintf("%d doubled", n))
	}
	if report.Idle() {
		s.figure.Wrong = append(s.figure.Wrong, "nothing was acknowledged")
	}
	return os.WriteFile(filepath.Join(s.Dir, "report.txt"), []byte(report.String()), 0o644)
}

// countDoubled returns how many texts a log has twice, apart from those that were sent again. Only one
// attack sends a text twice, under the same name.
func countDoubled(report *check.Report, records []check.Message) (n uint64) {
	for i := range report.Hosts {
		n = max(n, report.Hosts[i].Again)
	}
	again := uint64(0)
	for _, m := range records {
		again += uint64(max(m.Sends-1, 0))
	}
	return n - min(n, again)
}
