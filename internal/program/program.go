// Package program runs a program for one text, and leaves nothing of it behind.
//
// The program is run as it is, without a shell. It gets the text with a line end on standard input, and need not read
// it. It is the leader of a process group of its own; what is left in the group when it ends is killed, and so is the
// whole group at a time limit, or when a context ends. On Linux the program is also killed if this process dies.
package program

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"syscall"
	"time"
)

// Program says what to run.
type Program struct {
	Path   string   // of the file, as of exec.LookPath
	Args   []string // with the name of the program first
	Limit  time.Duration
	Stdout *os.File // nil is none
	Stderr *os.File
}

// The errors of Run besides those of a program that could not be started.
var (
	// ErrLimit means that the program ran for Program.Limit, and was killed.
	ErrLimit = errors.New("killed, as it has not ended in time")
	// ErrKilled means that the context ended, and the program was killed.
	ErrKilled = errors.New("killed before its end")
)

// FailedError means that the program ended with another code than 0, or by a signal.
type FailedError struct{ State *os.ProcessState }

func (e *FailedError) Error() string {
	if status, ok := e.State.Sys().(syscall.WaitStatus); ok && status.Signaled() {
		return fmt.Sprintf("ended by signal %d (%v)", int(status.Signal()), status.Signal())
	}
	return fmt.Sprintf("ended with code %d", e.State.ExitCode())
}

// Run runs the program with a text, and returns when nothing of it is left. env is added to the environment of this
// process. The error is nil if the program ended with 0.
func (p *Program) Run(ctx context.Context, text string, env ...string) error {
	input, err := stdin(text)
	if err != nil {
		return err
	}
	defer input.Close()
	cmd := &exec.Cmd{
		Path: p.Path, Args: p.Args, Env: append(os.Environ(), env...), Stdin: input, SysProcAttr: ownGroup(),
	}
	if p.Stdout != nil { // else a nil *os.File would be an io.Writer that is not nil
		cmd.Stdout = p.Stdout
	}
	if p.Stderr != nil {
		cmd.Stderr = p.Stderr
	}
	if err := cmd.Start(); err != nil {
		return fmt.Errorf("cannot be started: %w", err)
	}
	return p.await(ctx, cmd)
}

// stdin returns a pipe that has the text and a line end, and then ends. The text of a message fits into any pipe, so
// that the write does not wait; and a program that does not read it is nothing to notice.
func stdin(text string) (*os.File, error) {
	r, w, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	_, err = w.WriteString(text + "\n")
	if err := errors.Join(err, w.Close()); err != nil {
		return nil, errors.Join(err, r.Close())
	}
	return r, nil
}

// await waits for the end of a program, kills it if it must be, and removes what it has left.
func (p *Program) await(ctx context.Context, cmd *exec.Cmd) error {
	group := cmd.Process.Pid
	if p.Limit > 0 {
		limited, cancel := context.WithTimeoutCause(ctx, p.Limit, ErrLimit)
		defer cancel()
		ctx = limited
	}
	awaitEnd, reap := ending(cmd)
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		awaitEnd()
	}()
	var why error
	select {
	case <-ended:
	case <-ctx.Done():
		if why = ErrKilled; context.Cause(ctx) == ErrLimit {
			why = ErrLimit
		}
		killGroup(group)
		<-ended
	}
	killGroup(group)
	err := reap()
	switch exit := new(exec.ExitError); {
	case why != nil:
		return why
	case errors.As(err, &exit):
		return &FailedError{exit.ProcessState}
	}
	return err
}

// killGroup kills what there is in a process group.
func killGroup(group int) { _ = syscall.Kill(-group, syscall.SIGKILL) }
