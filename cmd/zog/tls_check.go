package main

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"xlattice.org/zog/internal/cli"
	"xlattice.org/zog/internal/config"
	"xlattice.org/zog/internal/neterr"
	"xlattice.org/zog/internal/tlsconn"
	"xlattice.org/zog/internal/trust"
)

const tlsCheckHelp = `Ask every host of the ring for its certificate, over its client port: whether it is
that host, who has signed it, and until when it is valid. It goes with --ring.

Exit codes:
  0  all hosts have good certificates
  2  a wrong flag or ring file, or no certificates here
  6  a host could not be asked, or its certificate is not good`

// checkTimeout is how long a host may take for its handshake.
const checkTimeout = 5 * time.Second

func newTLSCheck() *cobra.Command {
	var file string
	var ring bool
	var own cli.TLS
	cmd := &cobra.Command{
		Use:     "check --ring",
		Short:   "Ask every host of the ring for its certificate",
		Long:    tlsCheckHelp,
		Example: "  zog tls check --ring",
		Args:    cli.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if !ring {
				return cli.Usage(fmt.Errorf("give --ring"))
			}
			return checkHosts(cmd, file, own)
		},
	}
	cmd.Flags().BoolVar(&ring, "ring", false, "ask all hosts of the ring")
	cmd.Flags().StringVar(&file, "config", "", "ring `FILE`; else $ZOG_CONFIG, zog.yaml here or in /etc/zog")
	own.Add(cmd)
	return cmd
}

func checkHosts(cmd *cobra.Command, named string, own cli.TLS) error {
	file, ring, err := findRing(named, byFlagOnly)
	if err != nil {
		return err
	}
	t, err := own.Load(file, ring)
	if err == nil && t == nil {
		err = fmt.Errorf("there are no certificates here: give --tls DIR")
	}
	if err != nil {
		return cli.Usage(err)
	}
	out := tabwriter.NewWriter(cmd.OutOrStdout(), 0, 0, 2, ' ', 0)
	bad := false
	for _, h := range ring.Hosts {
		id, err := askHost(cmd.Context(), t, h, ring.Ports.Client)
		if err != nil {
			bad = true
			fmt.Fprintf(out, "%s\t%v\n", h.Name, neterr.Cause(err))
			continue
		}
		fmt.Fprintf(out, "%s\tok\tuntil %s\tserial %s\n", h.Name, trust.Date(id.NotAfter), id.Serial)
	}
	if err := out.Flush(); err != nil {
		return err
	}
	if bad {
		return &cli.Exit{Code: codeUnreachable}
	}
	return nil
}

// askHost returns who a host says it is, if it is who it should be.
func askHost(ctx context.Context, t *trust.Trust, h config.Host, port uint16) (id trust.Identity, err error) {
	ctx, cancel := context.WithTimeout(ctx, checkTimeout)
	defer cancel()
	raw, err := new(net.Dialer).DialContext(ctx, "tcp", netip.AddrPortFrom(h.Address, port).String())
	if err != nil {
		return id, err
	}
	conn, err := tlsconn.Dial(ctx, raw, t.DialHost(h.Name))
	if err != nil {
		return id, trust.Explain(err)
	}
	defer conn.Close()
	id, _ = trust.Of(conn.State())
	return id, nil
}
