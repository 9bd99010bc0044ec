// Command demo is what `make demo` shows: five real daemons on this machine,
// the real client sending at a lively rate, a kill -9 in the middle, and at the
// end five logs that must be the same. It says what it does as it goes, and
// its exit code is 0 only if they are. Whatever happens, nothing is left
// running; what it wrote is left only where something went wrong.
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
	// Who closes the terminal, or pipes into head, ends it as well.
	ctx, stop := signal.NotifyContext(context.Background(),
		os.Interrupt, syscall.SIGTERM, syscall.SIGHUP, syscall.SIGPIPE)
	err := demonstrate(ctx, os.Stdout)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "demo:", err)
		os.Exit(1)
	}
}

// demonstrate gives the whole performance in a directory of its own.
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
