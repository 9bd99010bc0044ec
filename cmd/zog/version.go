package main

import (
	"github.com/spf13/cobra"

	"xlattice.org/zog/internal/cli"
)

// withVersion adds flags that show the version to a command and its subcommands: --version,
// and --showVersion as in the original daemon.
func withVersion(root *cobra.Command) *cobra.Command {
	asked := false
	root.PersistentFlags().BoolVarP(&asked, "showVersion", "V", false, "show the version, and exit")
	root.PersistentFlags().BoolVar(&asked, "version", false, "the same as --showVersion")
	orVersion(root, &asked)
	return root
}

func orVersion(cmd *cobra.Command, asked *bool) {
	run := cmd.RunE
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if *asked {
			return cli.ShowVersion(cmd)
		}
		return run(cmd, args)
	}
	for _, below := range cmd.Commands() {
		orVersion(below, asked)
	}
}
