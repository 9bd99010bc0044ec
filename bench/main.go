// Command bench compares zog with a bare relay and with what people use today: five
// hosts on one machine, and clients that hand texts to them. See --help.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"

	"github.com/spf13/cobra"

	"xlattice.org/zog/bench/peer"
	"xlattice.org/zog/bench/sender"
	"xlattice.org/zog/internal/cli"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	root := newRoot()
	root.SetContext(ctx)
	code := cli.Main(root)
	stop()
	os.Exit(code)
}

func newRoot() *cobra.Command {
	root := &cobra.Command{
		Use:   "bench",
		Short: "Compare zog with a bare relay and with what people use today",
		Long: `Compare zog with a bare relay and with what people use today: five hosts on this
machine, on 127.0.55.1 and so on, and clients that hand texts to them. After each turn
every line of every log is looked at.

Each command that measures first looks at the machine for a second, says in one line how
quiet it is, warns on stderr when it is not, and keeps both with its results: what others
use of the processors, what the hypervisor takes, what loops of its own lose, and how late
a timer is.

Exit codes: 0 all was measured; what this machine lacks is skipped, which is said.
1 a system has failed, or a log was not as it should be. 2 a wrong flag.`,
	}
	root.AddCommand(newCompare(), newLatency(), newLong(), newGrowth(), newMemory(), newIdle(), newReport(), newNode(), newClient())
	return root
}

// newNode is what the benchmark calls itself as, to be a host of a system.
func newNode() *cobra.Command {
	return &cobra.Command{
		Use: "node SYSTEM CONFIG", Hidden: true, Args: cobra.ExactArgs(2),
		RunE: func(cmd *cobra.Command, args []string) error { return peer.RunNode(cmd.Context(), args) },
	}
}

// newClient is what it calls itself as, to be all clients of a run.
func newClient() *cobra.Command {
	return &cobra.Command{
		Use: sender.Command + " SPEC", Hidden: true, Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error { return sender.Run(cmd.Context(), args[0]) },
	}
}
