// Package sender is the process of the clients: one for all connections, so that its
// processor time and memory are told apart from those of the driver and the hosts.
//
// The driver starts it with [Start] as a hidden command of its own binary, which is
// [Run]. They speak JSON: the process is told a [Spec], says when all clients are
// connected, and then does each [Order] and tells its [Outcome].
package sender

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"

	"xlattice.org/zog/bench/clock"
	"xlattice.org/zog/bench/system"
)

// Spec says who is to be called.
type Spec struct {
	System    string
	Addresses []string // by client
	Work      system.Work
}

// Order is to send so many messages more, over all clients: by the clock if the work
// has a rate, and Timed is set.
type Order struct {
	Messages int
	Timed    bool
}

// Outcome is what became of an order. The first one is the outcome of dialling.
type Outcome struct {
	Began clock.Time // when the first message was handed over, or was due
	Acked clock.Time // when the last one was acknowledged
	Times []byte     // of a timed order: a histogram of nanoseconds from due to acknowledged, encoded
	Error string
}

// Process is the clients' process. Who started it closes it.
type Process struct {
	cmd *exec.Cmd
	in  io.WriteCloser
	out *bufio.Reader
}

// Command is the first argument of the process.
const Command = "client"

// Start starts the process, and returns when all clients are connected. What else
// than outcomes it says goes to a file in dir. It ends with ctx.
func Start(ctx context.Context, dir string, spec Spec) (*Process, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	told, err := json.Marshal(spec)
	if err != nil {
		return nil, err
	}
	said, err := os.Create(filepath.Join(dir, "clients.said"))
	if err != nil {
		return nil, err
	}
	defer said.Close() // the process has it
	p := &Process{cmd: exec.CommandContext(ctx, self, Command, string(told))}
	p.cmd.Stderr = said
	p.cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	out, err := p.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	p.out = bufio.NewReader(out)
	if p.in, err = p.cmd.StdinPipe(); err != nil {
		return nil, err
	}
	if err := p.cmd.Start(); err != nil {
		return nil, err
	}
	if _, err := p.Outcome(); err != nil {
		_ = p.Close() // the other error tells
		return nil, fmt.Errorf("clients: %w", err)
	}
	return p, nil
}

// Pid is its process id.
func (p *Process) Pid() int { return p.cmd.Process.Pid }

// Give gives an order, and does not wait for its outcome.
func (p *Process) Give(o Order) error { return json.NewEncoder(p.in).Encode(o) }

// Outcome waits for the outcome of the order, and returns its error as its own.
func (p *Process) Outcome() (*Outcome, error) {
	line, err := p.out.ReadBytes('\n')
	if err != nil {
		return nil, fmt.Errorf("the clients' process has ended: %w", err)
	}
	o := &Outcome{}
	if err := json.Unmarshal(line, o); err != nil {
		return nil, err
	}
	if o.Error != "" {
		return nil, errors.New(o.Error)
	}
	return o, nil
}

// Close ends the process, and waits for it.
func (p *Process) Close() error {
	_ = p.in.Close() // is what ends it
	return p.cmd.Wait()
}
