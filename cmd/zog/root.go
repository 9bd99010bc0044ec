package main

import (
	"github.com/spf13/cobra"

	"xlattice.org/zog/internal/cli"
)

const rootHelp = `zog replicates a log of short text messages to every host of a small ring. Each
host runs one zog. A client hands a message to any of them, and soon the
access.log of every host contains it, once. There is no leader: any host that is
up takes messages, and a host that was away catches up when it returns.`

const rootExample = `  zog dev                           # five hosts on this machine; then, in another terminal:
  sprog send -T 'hello, ring'

  zog config init zog.yaml          # a ring file to start from
  zog config check zog.yaml
  zog run --config zog.yaml         # on each host of it`

// exitHelp is appended to the help of zog run and zog dev.
const exitHelp = `

Exit codes:
  0  stopped by SIGTERM or SIGINT, or there was nothing more to do
  1  failed while it ran, or was stopped at once or by force
  2  could not start: a wrong flag or ring file, a port in use, a log directory
     that another process has or that cannot be written`

// newRoot returns the command zog with its subcommands.
func newRoot() *cobra.Command {
	cmd := &cobra.Command{
		Use:     "zog",
		Short:   "The daemon of a ring of hosts that share one log",
		Long:    rootHelp,
		Example: rootExample,
		Args:    cli.NoArgs,
		RunE:    func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(newRun(), newDev(), newVerify(), newLog(), newConfig(), newTLS(), cli.NewVersion("zog"))
	return withVersion(cmd)
}
