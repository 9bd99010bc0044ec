package main

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

// The programs, as make builds them.
var (
	zog   = filepath.Join("bin", "zog")
	sprog = filepath.Join("bin", "sprog")
)

// program is a child process. What it says goes to a file of its own.
type program struct {
	cmd   *exec.Cmd
	said  string        // the file
	ended chan struct{} // closed at its end
}

// launch starts a program. The files for what it says are in dir, called who
// and a number.
func launch(dir, who, name string, args ...string) (*program, error) {
	file, err := os.CreateTemp(dir, who+"-*.said")
	if err != nil {
		return nil, err
	}
	defer file.Close() // the child has it
	p := &program{cmd: exec.Command(name, args...), said: file.Name(), ended: make(chan struct{})}
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

func (p *program) String() string { return strings.Join(p.cmd.Args, " ") }

func (p *program) over() bool {
	select {
	case <-p.ended:
		return true
	default:
		return false
	}
}

// says counts a message among what it has said.
func (p *program) says(message string) int {
	said, err := os.ReadFile(p.said)
	if err != nil {
		return 0
	}
	return bytes.Count(said, []byte(message))
}

// last returns the last whole lines that it said, at most n.
func (p *program) last(n int) []string {
	said, err := os.ReadFile(p.said)
	if err != nil {
		return []string{err.Error()}
	}
	lines := strings.Split(string(said), "\n")
	lines = lines[:len(lines)-1]
	return lines[max(0, len(lines)-n):]
}

// lastWords is the last line that it said.
func (p *program) lastWords() string { return strings.Join(p.last(1), "") }

// kill ends it with SIGKILL, if it has not ended.
func (p *program) kill() {
	_ = p.cmd.Process.Kill()
	<-p.ended
}

// stop ends it with a signal that it may answer to, and returns its exit code.
func (p *program) stop(sig os.Signal) (int, error) {
	if err := p.cmd.Process.Signal(sig); err != nil {
		return 0, fmt.Errorf("%s: %w", p, err)
	}
	select {
	case <-p.ended:
		return p.cmd.ProcessState.ExitCode(), nil
	case <-time.After(patience):
		return 0, fmt.Errorf("%s does not end", p)
	}
}
