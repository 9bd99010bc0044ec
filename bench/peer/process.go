package peer

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"time"
)

// patience is how long a process may take to end after SIGTERM.
const patience = 10 * time.Second

// pause is between two looks for what is waited for.
const pause = time.Millisecond

// Process is a child process. What it says goes to a file of its own.
type Process struct {
	cmd   *exec.Cmd
	said  string        // the file
	ended chan struct{} // closed at its end
}

// Start starts a program. What it says is in a file in dir, called who and a
// number. It is killed when the process that started it ends.
func Start(dir, who, program string, args ...string) (*Process, error) {
	file, err := os.CreateTemp(dir, who+"-*.said")
	if err != nil {
		return nil, err
	}
	defer file.Close() // the child has it
	p := &Process{cmd: exec.Command(program, args...), said: file.Name(), ended: make(chan struct{})}
	p.cmd.Dir = dir
	p.cmd.Stdout, p.cmd.Stderr = file, file
	p.cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if err := p.cmd.Start(); err != nil {
		return nil, err
	}
	go func() {
		defer close(p.ended)
		_ = p.cmd.Wait() // what became of it is in its state
	}()
	return p, nil
}

// Pid is its number.
func (p *Process) Pid() int { return p.cmd.Process.Pid }

// Says tells whether it has said a word.
func (p *Process) Says(word string) bool {
	said, err := os.ReadFile(p.said)
	return err == nil && bytes.Contains(said, []byte(word))
}

// Await waits until something is true, and gives up when the process has ended.
func (p *Process) Await(ctx context.Context, what string, true func() bool) error {
	tick := time.NewTicker(pause)
	defer tick.Stop()
	for !true() {
		select {
		case <-p.ended:
			return fmt.Errorf("%s has ended: %s", p, p.lastWords())
		case <-ctx.Done():
			return fmt.Errorf("%s: not %s: %w", p, what, ctx.Err())
		case <-tick.C:
		}
	}
	return nil
}

func (p *Process) String() string {
	return fmt.Sprintf("%s (%d)", p.cmd.Args[0], p.Pid())
}

// lastWords is the last of what it said.
func (p *Process) lastWords() string {
	said, err := os.ReadFile(p.said)
	if err != nil {
		return err.Error()
	}
	lines := strings.Split(strings.TrimSpace(string(said)), "\n")
	return strings.Join(lines[max(0, len(lines)-3):], "; ")
}

// stop ends it, with SIGKILL if it does not listen, and waits for it.
func (p *Process) stop() {
	_ = p.cmd.Process.Signal(syscall.SIGTERM) // it may have ended
	select {
	case <-p.ended:
	case <-time.After(patience):
		_ = p.cmd.Process.Kill()
		<-p.ended
	}
}
