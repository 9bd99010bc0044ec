package main

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"xlattice.org/zog/internal/test/check"
	"xlattice.org/zog/internal/test/daemons"
)

// forTests returns settings for a machine that is busy with other tests: only
// what takes seconds is late there.
func forTests(t *testing.T) *settings {
	t.Helper()
	t.Setenv("TMPDIR", t.TempDir())
	return &settings{
		seconds: 2 * time.Second, rate: 100, margin: 5 * time.Second, limit: 30 * time.Second, tries: 2,
		bars: bars{attacked: 50, other: 50, floor: 5000, newcomer: 8000, memory: 256, errorLog: 20},
	}
}

// ring is a ring of which nothing runs.
func (s *settings) ring(dir string) (*daemons.Ring, error) {
	return (&rig{settings: s}).newRing(dir)
}

// play runs the program. Nothing may be left of it.
func play(t *testing.T, ctx context.Context, s *settings, chosen []attack) (string, error) {
	t.Helper()
	var out, progress bytes.Buffer
	err := run(ctx, s, chosen, &out, &progress)
	if errors.Is(err, errSkipped) {
		t.Skipf("SKIPPED: %v", err)
	}
	return out.String() + progress.String(), err
}

// Some attacks, of a peer, of a client and of a stranger, do no harm to a ring of
// real daemons.
func TestLongAttacksDoNoHarm(t *testing.T) {
	var chosen []attack
	for _, name := range []string{"A1 a hole", "A6 another's names", "C16"} {
		chosen = append(chosen, choose(attacks(), false, name)...)
	}
	if said, err := play(t, t.Context(), forTests(t), chosen); err != nil || len(chosen) != 3 {
		t.Errorf("%v\n%s", err, said)
	}
}

// What is wrong is found: a host that stands still, one that dies, a message that
// was acknowledged and is in no log, and whatever an attack itself finds.
func TestLongHarmIsSeen(t *testing.T) {
	s := forTests(t)
	s.tries, s.seconds, s.limit = 1, time.Second, 5*time.Second
	s.bars.floor, s.bars.attacked = 400, 1
	said, err := play(t, t.Context(), s, []attack{
		{name: "stops", run: func(a *attacker) string {
			err := a.Host(attacked).Signal(syscall.SIGSTOP)
			a.pause(time.Second)
			return result(errors.Join(err, a.Host(attacked).Signal(syscall.SIGCONT)), "stopped")
		}},
		{name: "lies", run: func(a *attacker) string {
			a.record(check.Message{Sender: "liar", Text: "never sent", Outcome: check.Ok})
			a.fail("it was seen")
			return "lied"
		}},
		{name: "kills", run: func(a *attacker) string { return result(a.Host(other).Signal(syscall.SIGKILL), "killed") }},
	})
	if !errors.Is(err, errMissed) || !strings.Contains(err.Error(), "3 of 3") {
		t.Errorf("%v\n%s", err, said)
	}
	for _, want := range []string{"attacked p99", "it was seen; 5 lost", "has ended"} {
		if !strings.Contains(said, want) {
			t.Errorf("it does not say %q:\n%s", want, said)
		}
	}
}

// Whoever interrupts it is left with nothing: no process, no file, no connection.
func TestNothingIsLeftAfterAnInterrupt(t *testing.T) {
	s := forTests(t)
	ctx, interrupt := context.WithCancel(t.Context())
	defer interrupt()
	var ring *daemons.Ring
	var wire *wire
	said, err := play(t, ctx, s, []attack{{name: "interrupted", run: func(a *attacker) string {
		ring = a.Ring
		var err error
		wire, err = a.client(0)
		interrupt()
		<-a.ctx.Done()
		return result(err, "interrupted")
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
	if _, err := wire.Write([]byte{1}); !errors.Is(err, io.ErrClosedPipe) && !errors.Is(err, os.ErrClosed) && !strings.Contains(err.Error(), "closed") {
		t.Errorf("a connection is left: %v", err)
	}
}
