package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"

	"github.com/spf13/cobra"

	"xlattice.org/zog/internal/cli"
	"xlattice.org/zog/internal/config"
	"xlattice.org/zog/internal/plural"
)

const initHelp = `Print a ring file to start from: a ring on loopback, with every key explained. With
FILE it is written there instead, unless the file exists already.`

const initExample = `  zog config init zog.yaml     # then put your hosts and their addresses in
  zog config init --hosts 3`

func newConfigInit() *cobra.Command {
	hosts := testHosts
	cmd := &cobra.Command{
		Use:     "init [FILE]",
		Short:   "Print or write a ring file to start from",
		Long:    initHelp,
		Example: initExample,
		Args:    cli.AtMostOnePath,
		RunE: func(cmd *cobra.Command, args []string) error {
			ring := config.Loopback(hosts)
			if err := ring.Validate(); err != nil {
				return cli.Usage(err)
			}
			if len(args) == 0 {
				_, err := cmd.OutOrStdout().Write(ring.YAML())
				return err
			}
			if err := writeNew(args[0], ring.YAML()); err != nil {
				return cli.Usage(err)
			}
			_, err := fmt.Fprintf(cmd.OutOrStdout(), "%s: written, a ring of %s on loopback\n", args[0], plural.Of(hosts, "host"))
			return err
		},
	}
	cmd.Flags().IntVar(&hosts, "hosts", hosts, "how many hosts: `N`, 1 to 64")
	return cmd
}

// writeNew writes a file that must not exist yet.
func writeNew(name string, data []byte) error {
	f, err := os.OpenFile(name, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o644)
	if errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("%s is there already, and is left as it is", name)
	}
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	return errors.Join(err, f.Close())
}
