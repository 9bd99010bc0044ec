package cli

import (
	"context"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/spf13/cobra"
)

// UntilSignal returns the context of a command that a person watches: it ends with
// SIGINT, with SIGTERM, and with SIGHUP, as when the terminal is closed. The caller calls
// stop.
func UntilSignal(cmd *cobra.Command) (ctx context.Context, stop context.CancelFunc) {
	return signal.NotifyContext(cmd.Context(), os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
}

// SecondAfter is the least time from the signal that ends a command to a second one,
// which ends it at once. What comes earlier is the same signal: `timeout -s INT` sends it
// to its child and to its process group, of which the child is a member.
const SecondAfter = 250 * time.Millisecond
