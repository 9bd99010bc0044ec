package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"xlattice.org/zog/internal/cli"
	"xlattice.org/zog/internal/plural"
)

const checkHelp = `Check a ring file. It prints one line: ok, or the first fault with file:line:column,
and then exits with 2. Without FILE it checks the one that zog run would use. A
ring file is a regular file, or a link to one: a pipe is not read.`

func newConfigCheck() *cobra.Command {
	return &cobra.Command{
		Use:     "check [FILE]",
		Short:   "Check a ring file",
		Long:    checkHelp,
		Example: "  zog config check zog.yaml",
		Args:    cli.AtMostOnePath,
		RunE: func(cmd *cobra.Command, args []string) error {
			file, ring, err := findRing(optional(args), byArgument)
			if err != nil {
				return err
			}
			_, err = fmt.Fprintf(cmd.OutOrStdout(), "%s: ok: ring %s of %s\n", file, ring.Ring, plural.Of(len(ring.Hosts), "host"))
			return err
		},
	}
}

// optional returns the argument if there is one, or an empty string.
func optional(args []string) string {
	if len(args) == 0 {
		return ""
	}
	return args[0]
}
