package main

import (
	"github.com/spf13/cobra"

	"xlattice.org/zog/internal/cli"
)

// withVersion gives a command, and all below it, the flags that ask for the version
// instead: the one that everybody tries, and that of the old daemon.
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
