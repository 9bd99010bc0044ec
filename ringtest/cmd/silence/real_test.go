package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"xlattice.org/zog/internal/test/daemons"
	"xlattice.org/zog/internal/test/netns"
	"xlattice.org/zog/internal/test/netns/netnstest"
)

// forTests returns settings for a machine that is busy with other tests: what is
// late before is late by tens of seconds.
func forTests(t *testing.T) *settings {
	t.Helper()
	netnstest.NeedNamespaces(t)
	t.Setenv("TMPDIR", t.TempDir())
	return &settings{
		short: true, margin: 2 * time.Second, limit: 30 * time.Second, tries: 3, atOnce: 6,
		config: "../../../deploy/house.yaml",
	}
}

// play runs the program. Nothing may be left of it.
func play(t *testing.T, ctx context.Context, s *settings, chosen []trial) (string, error) {
	t.Helper()
	var out, progress bytes.Buffer
	err := run(ctx, s, chosen, &out, &progress)
	if errors.Is(err, netns.ErrSkipped) {
		t.Skipf("SKIPPED: %v", err)
	}
	left, bad := exec.Command("ip", "netns", "list").CombinedOutput()
	if bad != nil || strings.Contains(string(left), fmt.Sprintf("zog%d.", os.Getpid())) {
		t.Errorf("left behind: %s, %v", left, bad)
	}
	return out.String() + progress.String(), err
}

// The short cases keep their bars, on real TCP: nobody waits for a host that
// has fallen silent.
func TestLongNobodyWaitsForTheSilent(t *testing.T) {
	s := forTests(t)
	chosen, err := s.choose()
	if err != nil {
		t.Fatal(err)
	}
	if said, err := play(t, t.Context(), s, chosen); err != nil {
		t.Errorf("%v\n%s", err, said)
	}
}

// What is wrong is found: a host that does not come back is missed, and a
// program that dies is what is wrong with its case, and no more.
func TestLongAHostThatStaysAwayIsMissed(t *testing.T) {
	s := forTests(t)
	s.limit, s.tries, s.margin = 2*time.Second, 1, 0
	stays := pulledCable
	stays.heal = func(*stage, int) error { return nil }
	dies := stays
	dies.heal = func(s *stage, i int) error { return s.Host(i).Signal(os.Kill) }
	said, err := play(t, t.Context(), s, []trial{
		{name: "stays away", run: cut{fault: stays, lasts: time.Second, hosts: 1}.run},
		{name: "dies", run: cut{fault: dies, lasts: time.Second, hosts: 1}.run},
		{name: "ends", run: func(ctx context.Context, s *stage) ([]figure, error) { return s.one(1, false, 1, ""), nil }},
	})
	if !errors.Is(err, errMissed) || !strings.Contains(err.Error(), "2 of 3") {
		t.Error(err)
	}
	for _, want := range []string{"> 2; the logs do not become the same", "has ended"} {
		if !strings.Contains(said, want) {
			t.Errorf("it does not say %q:\n%s", want, said)
		}
	}
}

// Whoever interrupts it is left with nothing: no process, no namespace.
func TestNothingIsLeftAfterAnInterrupt(t *testing.T) {
	s := forTests(t)
	ctx, interrupt := context.WithCancel(t.Context())
	defer interrupt()
	var ring *daemons.Ring
	said, err := play(t, ctx, s, []trial{{name: "interrupted", run: func(ctx context.Context, s *stage) ([]figure, error) {
		if err := s.startAll(ctx); err != nil {
			return nil, err
		}
		ring = s.Ring
		if _, err := s.startFeed(s.net.Clients, "w", 200); err != nil {
			return nil, err
		}
		if err := stoppedProcess.inject(s, 0); err != nil {
			return nil, err
		}
		interrupt()
		return nil, s.sleep(ctx, time.Minute)
	}}})
	if !errors.Is(err, daemons.ErrInterrupted) {
		t.Fatalf("%v\n%s", err, said)
	}
	for i := range ring.Hosts {
		if !ring.Host(i).Over() {
			t.Errorf("%s goes on", ring.Name(i))
		}
	}
	if _, err := os.Stat(ring.Dir); !os.IsNotExist(err) {
		t.Errorf("%s is left: %v", ring.Dir, err)
	}
}
