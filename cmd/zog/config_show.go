package main

import (
	"github.com/spf13/cobra"

	"xlattice.org/zog/internal/cli"
)

const showHelp = `Show a ring file with all its defaults, and which of its hosts this machine is, if
that is known. The output is a valid ring file. Without FILE it shows the one that
zog run would use.`

func newConfigShow() *cobra.Command {
	name := ""
	cmd := &cobra.Command{
		Use:     "show [FILE]",
		Short:   "Show a ring file with all its defaults",
		Long:    showHelp,
		Example: "  zog config show\n  zog config show zog.yaml --name LA",
		Args:    cli.AtMostOnePath,
		RunE: func(cmd *cobra.Command, args []string) error {
			file, ring, err := findRing(optional(args), byArgument)
			if err != nil {
				return err
			}
			m := &member{file: file, ring: ring}
			m.self, err = identify(ring, name)
			if err != nil && name != "" {
				return cli.Usage(err)
			}
			return m.show(cmd.OutOrStdout(), err)
		},
	}
	cmd.Flags().StringVar(&name, "name", "", "`NAME` of this host in the ring; else by the machine's name or addresses")
	return cmd
}
