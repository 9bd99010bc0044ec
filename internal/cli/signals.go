package cli

import (
	"context"
	"os"
	"os/signal"
	"syscall"

	"github.com/spf13/cobra"
)

// UntilSignal returns the context of a command that a person watches: it ends with
// SIGINT, with SIGTERM, and with SIGHUP, as when the terminal is closed. The caller calls
// stop.
func UntilSignal(cmd *cobra.Command) (ctx context.Context, stop context.CancelFunc) {
	return signal.NotifyContext(cmd.Context(), os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
}
