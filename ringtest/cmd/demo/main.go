// Command demo is what `make demo` runs: five real daemons on this machine, the real client at 200
// messages per second, a kill -9 in the middle, and at the end five logs that must be equal. It
// prints what it does, and its exit code is 0 only if the logs are equal. It leaves no process
// running, and keeps its files only if something went wrong.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
)

func main() {
	// It also ends when the terminal is closed, or its output is piped into head.
	ctx, stop := signal.NotifyContext(context.Background(),
		os.Interrupt, syscall.SIGTERM, syscall.SIGHUP, syscall.SIGPIPE)
	err := demonstrate(ctx, os.Stdout)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "demo:", err)
		os.Exit(1)
	}
}

// demonstrate runs the demo in a directory of its own.
func demonstrate(ctx context.Context, out io.Writer) (err error) {
	if err := possible(); err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "zog-demo-")
	if err != nil {
		return err
	}
	s, err := newStage(out, dir)
	if err != nil {
		return err
	}
	defer func() {
		s.Clear()
		if ctx.Err() != nil {
			err = errors.New("interrupted")
		} else if err != nil {
			err = fmt.Errorf("%w\nlogs and diagnostics are kept in %s", err, dir)
			return
		}
		err = errors.Join(err, os.RemoveAll(dir))
	}()
	return s.perform(ctx)
}
