package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"xlattice.org/zog/internal/version"
)

func newVersion() *cobra.Command {
	return &cobra.Command{
		Use:   "version",
		Short: "Say which zog this is",
		Args:  cobra.NoArgs,
		RunE:  func(cmd *cobra.Command, _ []string) error { return showVersion(cmd) },
	}
}

func showVersion(cmd *cobra.Command) error {
	_, err := fmt.Fprintln(cmd.OutOrStdout(), "zog", version.String())
	return err
}

// orVersion gives a command the flags that ask for the version instead: the one
// that everybody tries, and that of the old daemon.
func orVersion(cmd *cobra.Command) *cobra.Command {
	var old, usual bool
	cmd.Flags().BoolVarP(&old, "showVersion", "V", false, "say which zog this is, and end")
	cmd.Flags().BoolVar(&usual, "version", false, "the same")
	run := cmd.RunE
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if old || usual {
			return showVersion(cmd)
		}
		return run(cmd, args)
	}
	return cmd
}
