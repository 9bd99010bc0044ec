package e2e

import (
	"bytes"
	"io"
	"os"
	"os/exec"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// process is one of our programs at work.
type process struct {
	name   string
	cmd    *exec.Cmd
	stdout transcript
	stderr transcript
	ended  chan struct{} // closed when it has ended, and all it wrote is read
}

// transcript is what a process has written so far.
type transcript struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (t *transcript) Write(p []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.buf.Write(p)
}

func (t *transcript) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.buf.String()
}

// spawn starts a program. It is killed at the end of the test at the latest,
// and what it said is shown if the test has failed.
func spawn(t *testing.T, stdin io.Reader, name string, args ...string) *process {
	t.Helper()
	return spawnAs(t, func(cmd *exec.Cmd) { cmd.Stdin = stdin }, name, args...)
}

// spawnAs starts a program of which the test settles more, as its standard streams.
func spawnAs(t *testing.T, settle func(*exec.Cmd), name string, args ...string) *process {
	t.Helper()
	p := &process{name: name, cmd: exec.Command(program(name), args...), ended: make(chan struct{})}
	p.cmd.Dir, p.cmd.Stdout, p.cmd.Stderr = t.TempDir(), &p.stdout, &p.stderr
	settle(p.cmd)
	// A pipe that outlives the program, in a test that has failed, is given up.
	p.cmd.WaitDelay = time.Second
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		defer close(p.ended)
		_ = p.cmd.Wait() // the exit code tells
	}()
	t.Cleanup(func() {
		_ = p.cmd.Process.Kill() // it has most often ended
		<-p.ended
		if t.Failed() {
			t.Logf("%s %s\nstderr:\n%s", name, strings.Join(args, " "), p.stderr.String())
		}
	})
	return p
}

// signal sends a signal.
func (p *process) signal(t *testing.T, sig os.Signal) {
	t.Helper()
	if err := p.cmd.Process.Signal(sig); err != nil {
		t.Fatalf("%s: %v", p.name, err)
	}
}

// signalAgain sends a second signal until the process has ended: those that come soon
// after the first one are the same.
func (p *process) signalAgain(t *testing.T, sig os.Signal) {
	t.Helper()
	await(t, "a second signal ends it", func() bool {
		_ = p.cmd.Process.Signal(sig) // it may have ended
		select {
		case <-p.ended:
			return true
		default:
			return false
		}
	})
}

// exit waits for the end and returns the exit code, -1 after a kill.
func (p *process) exit(t *testing.T, within time.Duration) int {
	t.Helper()
	select {
	case <-p.ended:
	case <-time.After(within):
		t.Fatalf("%s did not end within %v", p.name, within)
	}
	return p.cmd.ProcessState.ExitCode()
}

// count returns a number from the last line of counts that a zog has written.
func (p *process) count(t *testing.T, field string) int {
	t.Helper()
	found := regexp.MustCompile(`(?m)msg=stopped.* ` + field + `=(\d+)`).FindStringSubmatch(p.stderr.String())
	if found == nil {
		t.Fatalf("%s has not said %s", p.name, field)
	}
	n, err := strconv.Atoi(found[1])
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// patience is how long something may take before the test has failed.
const patience = 30 * time.Second

// await returns once a condition holds, and fails the test if it never does.
func await(t *testing.T, what string, holds func() bool) {
	t.Helper()
	tick, end := time.NewTicker(5*time.Millisecond), time.After(patience)
	defer tick.Stop()
	for !holds() {
		select {
		case <-tick.C:
		case <-end:
			t.Fatalf("after %v still not: %s", patience, what)
		}
	}
}
