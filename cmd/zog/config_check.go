package main

import (
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"xlattice.org/zog/internal/cli"
	"xlattice.org/zog/internal/config"
	"xlattice.org/zog/internal/plural"
	"xlattice.org/zog/internal/trust"
)

const checkHelp = `Check a ring file. It prints one line: ok, or the first fault with file:line:column,
and then exits with 2. Without FILE it checks the one that zog run would use. A
ring file is a regular file, or a link to one: a pipe is not read.

If tls.mode is accept or require it checks the certificates of this host too: that
they can be read, belong together, name this host, and are valid now. If it cannot
be told which host this is, it reads the CA only, and says so.`

func newConfigCheck() *cobra.Command {
	name := ""
	cmd := &cobra.Command{
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
			note, err := checkTLS(file, ring, name)
			if err != nil {
				return cli.Usage(fmt.Errorf("%s: %w", file, err))
			}
			_, err = fmt.Fprintf(cmd.OutOrStdout(), "%s: ok: ring %s of %s%s\n", file, ring.Ring, plural.Of(len(ring.Hosts), "host"), note)
			return err
		},
	}
	cmd.Flags().StringVar(&name, "name", "", "`NAME` of this host in the ring; else by the machine's name or addresses")
	return cmd
}

// checkTLS checks the files that the ring file names, and returns what to add to ok.
func checkTLS(file string, ring *config.Ring, name string) (note string, err error) {
	self, unknown := identify(ring, name)
	if unknown != nil && name != "" {
		return "", unknown
	}
	if ring.TLS.Mode == config.TLSOff {
		if unknown == nil {
			if warning := exposed(ring, self); warning != "" {
				return "; " + warning, nil
			}
		}
		return "", nil
	}
	if unknown != nil {
		s := trustSettings(file, ring, "")
		s.Cert, s.Key = "", ""
		_, err = trust.Load(s)
		return "; which host this is cannot be told, so only the CA was read: give --name", err
	}
	host := ring.Hosts[self].Name
	s := trustSettings(file, ring, host)
	t, err := trust.Load(s)
	if err != nil {
		return "", err
	}
	if err := t.Check(time.Now(), trust.Want{Kind: trust.Host, Name: host}); err != nil {
		return "", fmt.Errorf("%s: %w", s.Cert, err)
	}
	id, _ := t.Self()
	return "; the certificate of " + id.Name + " is valid until " + trust.Date(id.NotAfter), nil
}

// optional returns the argument if there is one, or an empty string.
func optional(args []string) string {
	if len(args) == 0 {
		return ""
	}
	return args[0]
}
