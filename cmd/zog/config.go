package main

import (
	"github.com/spf13/cobra"

	"xlattice.org/zog/internal/cli"
)

const configExample = `  zog config init zog.yaml     # a ring file to start from, every key explained
  zog config check zog.yaml    # ok, or the first fault and its place
  zog config show              # what is in force here, and which host this is`

func newConfig() *cobra.Command {
	cmd := &cobra.Command{
		Use:     "config",
		Short:   "Make, check and show a ring file",
		Long:    "Make, check and show a ring file, the one file that all hosts of a ring share.",
		Example: configExample,
		Args:    cli.NoArgs,
		RunE:    func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(newConfigInit(), newConfigCheck(), newConfigShow())
	return cmd
}
