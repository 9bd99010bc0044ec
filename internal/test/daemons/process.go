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

// Process is a child process. Its output goes to a file.
type Process struct {
	cmd    *exec.Cmd
	output string        // the file
	ended  chan struct{} // closed at its end
}

// Program returns the absolute path of a given program, or builds zog or sprog, as name says, into a
// directory if none is given.
func Program(ctx context.Context, given, dir, name string) (string, error) {
	if given == "" {
		return build(ctx, dir, name)
	}
	return filepath.Abs(given)
}

// build builds a program of this module, and returns its path.
func build(ctx context.Context, dir, name string) (string, error) {
	program := filepath.Join(dir, name)
	if out, err := exec.CommandContext(ctx, "go", "build", "-o", program, "xlattice.org/zog/cmd/"+name).CombinedOutput(); err != nil {
		return "", fmt.Errorf("go build: %w\n%s", err, out)
	}
	return program, nil
}

// Launch starts a program. Its output goes to a file in dir, whose name begins with who. The caller
// must stop or kill it.
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
		_ = p.cmd.Wait() // ProcessState has the result
	}()
	return p, nil
}

func (p *Process) String() string { return strings.Join(p.cmd.Args, " ") }

// Memory returns its resident memory in bytes, or 0 if that is not known.
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

// ticksPerSecond is the unit of processor times in /proc.
const ticksPerSecond = 100

// CPU returns its processor time so far, or 0 if that is not known.
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

// Over says whether it has ended.
func (p *Process) Over() bool {
	select {
	case <-p.ended:
		return true
	default:
		return false
	}
}

// Count returns how often its output contains a text.
func (p *Process) Count(text string) int {
	output, err := os.ReadFile(p.output)
	if err != nil {
		return 0
	}
	return bytes.Count(output, []byte(text))
}

// Last returns the last whole lines of its output, at most n.
func (p *Process) Last(n int) []string {
	lines := p.Lines()
	return lines[max(0, len(lines)-n):]
}

// Lines returns the whole lines of its output.
func (p *Process) Lines() []string {
	output, err := os.ReadFile(p.output)
	if err != nil {
		return []string{err.Error()}
	}
	lines := strings.Split(string(output), "\n")
	return lines[:len(lines)-1]
}

// LastLine returns the last line of its output.
func (p *Process) LastLine() string { return strings.Join(p.Last(1), "") }

// Signal sends it a signal.
func (p *Process) Signal(sig os.Signal) error {
	if err := p.cmd.Process.Signal(sig); err != nil {
		return fmt.Errorf("%s: %w", p, err)
	}
	return nil
}

// Kill kills it with SIGKILL, and returns when it has ended.
func (p *Process) Kill() {
	_ = p.cmd.Process.Kill()
	<-p.ended
}

// Stop sends it a signal, waits until it has ended, and returns its exit code. It is an error if that
// takes longer than Timeout.
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
