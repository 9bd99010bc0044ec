package cli

import (
	"context"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/spf13/cobra"
)

// UntilSignal returns the context of an interactive command. It ends with SIGINT, SIGTERM
// and SIGHUP, which comes when the terminal is closed. The caller calls stop.
func UntilSignal(cmd *cobra.Command) (ctx context.Context, stop context.CancelFunc) {
	return signal.NotifyContext(cmd.Context(), os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
}

// SecondAfter is the least time between the signal that stops a command and a second one
// that ends it at once. An earlier one is a copy of the first: `timeout -s INT` signals
// both its child and its process group, which the child is in.
const SecondAfter = 250 * time.Millisecond
