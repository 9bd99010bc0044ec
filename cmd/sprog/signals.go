package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"xlattice.org/zog/internal/cli"
)

// withSignals returns two contexts that end after SIGINT, SIGTERM or one of also: soft at once, so that
// nothing new is begun, and hard after the grace period, so that no answer is waited for
// any more. After the signal, results that nobody reads are not waited for either. A second
// signal, at least cli.SecondAfter later, ends the process at once. The caller calls
// release when it needs neither context; after a signal the process is expected to end
// then.
func withSignals(cmd *cobra.Command, grace time.Duration, also ...os.Signal) (soft, hard context.Context, release func()) {
	parent := cmd.Context()
	soft, ignore := signal.NotifyContext(parent, append(also, syscall.SIGINT, syscall.SIGTERM)...)
	cli.EndWith(cmd, soft.Done())
	hard, cancel := context.WithCancelCause(parent)
	stop := context.AfterFunc(soft, func() {
		time.AfterFunc(cli.SecondAfter, ignore)
		time.AfterFunc(grace, func() { cancel(context.Cause(soft)) })
	})
	return soft, hard, func() {
		if stop() { // there was no signal
			ignore()
		}
		cancel(nil)
	}
}
