package cli

import (
	"fmt"

	"github.com/spf13/cobra"

	"xlattice.org/zog/internal/version"
)

// NewVersion returns the command version of a program.
func NewVersion(program string) *cobra.Command {
	return &cobra.Command{
		Use:   "version",
		Short: "Show the version of " + program,
		Args:  NoArgs,
		RunE:  func(cmd *cobra.Command, _ []string) error { return ShowVersion(cmd) },
	}
}

// ShowVersion prints the name and the version of the program.
func ShowVersion(cmd *cobra.Command) error {
	_, err := fmt.Fprintln(cmd.OutOrStdout(), cmd.Root().Name(), version.String())
	return err
}
