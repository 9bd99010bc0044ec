package main

import (
	"context"
	"os/signal"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"xlattice.org/zog/internal/cli"
)

// interruptible returns two contexts: soft ends with the first SIGINT or
// SIGTERM, which says to begin nothing more, and hard by the grace after it,
// which says to wait for no answer any more. Results that nobody reads are not
// waited for after the signal either. A second signal, not earlier than
// cli.SecondAfter, ends the process at once. The caller calls release when it
// needs neither; after a signal the process is about to end then.
func interruptible(cmd *cobra.Command, grace time.Duration) (soft, hard context.Context, release func()) {
	parent := cmd.Context()
	soft, ignore := signal.NotifyContext(parent, syscall.SIGINT, syscall.SIGTERM)
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
