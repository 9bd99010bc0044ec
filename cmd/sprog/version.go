package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"xlattice.org/zog/internal/cli"
	"xlattice.org/zog/internal/version"
)

func newVersion() *cobra.Command {
	return &cobra.Command{
		Use:   "version",
		Short: "Say which sprog this is",
		Args:  cli.NoArgs,
		RunE:  func(cmd *cobra.Command, _ []string) error { return showVersion(cmd) },
	}
}

func showVersion(cmd *cobra.Command) error {
	_, err := fmt.Fprintln(cmd.OutOrStdout(), "sprog", version.String())
	return err
}
