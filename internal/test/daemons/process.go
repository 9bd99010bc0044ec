package daemons

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// Process is a child process. What it says goes to a file of its own.
type Process struct {
	cmd    *exec.Cmd
	output string        // the file
	ended  chan struct{} // closed at its end
}

// Build builds a program of this module, zog or sprog, into a directory, and
// returns its path.
func Build(ctx context.Context, dir, name string) (string, error) {
	program := filepath.Join(dir, name)
	if out, err := exec.CommandContext(ctx, "go", "build", "-o", program, "xlattice.org/zog/cmd/"+name).CombinedOutput(); err != nil {
		return "", fmt.Errorf("go build: %w\n%s", err, out)
	}
	return program, nil
}

// Launch starts a program. The files for what it says are in dir, called who
// and a number. Who launched it stops or kills it.
func Launch(dir, who, name string, args ...string) (*Process, error) {
	file, err := os.CreateTemp(dir, who+"-*.said")
	if err != nil {
		return nil, err
	}
	defer file.Close() // the child has it
	p := &Process{cmd: exec.Command(name, args...), output: file.Name(), ended: make(chan struct{})}
	p.cmd.Stdout, p.cmd.Stderr = file, file
	if err := p.cmd.Start(); err != nil {
		return nil, err
	}
	go func() {
		defer close(p.ended)
		_ = p.cmd.Wait() // what became of it is in its state
	}()
	return p, nil
}

func (p *Process) String() string { return strings.Join(p.cmd.Args, " ") }

// Memory returns the bytes of memory that it has, or 0 if that cannot be told.
func (p *Process) Memory() int {
	pages := 0
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/statm", p.cmd.Process.Pid))
	if err == nil {
		_, err = fmt.Sscan(string(stat), new(int), &pages)
	}
	if err != nil {
		return 0
	}
	return pages * os.Getpagesize()
}

// ticksPerSecond is in what unit Linux says how long a process has worked.
const ticksPerSecond = 100

// CPU returns how long it has worked so far, on all processors, or 0 if that
// cannot be told.
func (p *Process) CPU() time.Duration {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", p.cmd.Process.Pid))
	if err != nil {
		return 0
	}
	_, rest, _ := strings.Cut(string(stat), ") ") // behind the name
	fields := strings.Fields(rest)
	const user, system = 11, 12
	if len(fields) <= system {
		return 0
	}
	ticks := 0
	for _, i := range []int{user, system} {
		n, err := strconv.Atoi(fields[i])
		if err != nil {
			return 0
		}
		ticks += n
	}
	return time.Duration(ticks) * time.Second / ticksPerSecond
}

// Over tells whether it has ended.
func (p *Process) Over() bool {
	select {
	case <-p.ended:
		return true
	default:
		return false
	}
}

// Count counts a message among what it has said.
func (p *Process) Count(message string) int {
	said, err := os.ReadFile(p.output)
	if err != nil {
		return 0
	}
	return bytes.Count(said, []byte(message))
}

// Last returns the last whole lines that it said, at most n.
func (p *Process) Last(n int) []string {
	lines := p.Lines()
	return lines[max(0, len(lines)-n):]
}

// Lines returns the whole lines that it has said.
func (p *Process) Lines() []string {
	said, err := os.ReadFile(p.output)
	if err != nil {
		return []string{err.Error()}
	}
	lines := strings.Split(string(said), "\n")
	return lines[:len(lines)-1]
}

// LastLine is the last line that it said.
func (p *Process) LastLine() string { return strings.Join(p.Last(1), "") }

// Signal sends it a signal.
func (p *Process) Signal(sig os.Signal) error {
	if err := p.cmd.Process.Signal(sig); err != nil {
		return fmt.Errorf("%s: %w", p, err)
	}
	return nil
}

// Kill ends it with SIGKILL, if it has not ended.
func (p *Process) Kill() {
	_ = p.cmd.Process.Kill()
	<-p.ended
}

// Stop ends it with a signal that it may answer to, and returns its exit code.
func (p *Process) Stop(sig os.Signal) (int, error) {
	if err := p.Signal(sig); err != nil {
		return 0, err
	}
	select {
	case <-p.ended:
		return p.cmd.ProcessState.ExitCode(), nil
	case <-time.After(Timeout):
		return 0, fmt.Errorf("%s does not end", p)
	}
}
