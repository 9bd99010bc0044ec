package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/netip"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"xlattice.org/zog/internal/cli"
	"xlattice.org/zog/internal/config"
	"xlattice.org/zog/internal/frame"
	"xlattice.org/zog/internal/neterr"
	"xlattice.org/zog/internal/record"
	"xlattice.org/zog/internal/trust"
	"xlattice.org/zog/messages/pzog"
)

const tlsCheckHelp = `Ask every host of the ring for its certificate, over its client port: whether it is
that host, who has signed it, and until when it is valid. And whether the host takes
the certificate that is used here. It goes with --ring. On a host of the ring that has
none of a client, it uses those of the host that the ring file names.

Hosts do not tell what time it is. A clock that is wrong shows only once a certificate
is not valid by it: that of a host by the clock here, or that of here by the clock of
a host. Then the line says so.

Exit codes:
  0  all hosts have good certificates, and take the one of here
  2  a wrong flag or ring file, or no certificates here
  6  a host could not be asked, its certificate is not good, or it does not take the
     one of here`

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
				return cli.Usage(errors.New("give --ring: it asks the hosts; zog tls show looks at the files here"))
			}
			return checkHosts(cmd, file, own)
		},
	}
	cmd.Flags().BoolVar(&ring, "ring", false, "ask all hosts of the ring")
	cmd.Flags().StringVar(&file, "config", "", "ring `FILE`; else $ZOG_CONFIG, zog.yaml here or in /etc/zog")
	own.Add(cmd)
	return cmd
}

func checkHosts(cmd *cobra.Command, named string, flag cli.TLS) error {
	file, ring, err := findRing(named, byFlagOnly)
	if err != nil {
		return err
	}
	flag.Own, flag.Always = ownFiles, true
	own, err := flag.Load(file, ring, nil)
	if err == nil && own.Plain() {
		err = fmt.Errorf("%s has tls.mode %s: give --tls DIR to ask with TLS all the same", file, ring.TLS.Mode)
	}
	if err != nil {
		return cli.Usage(err)
	}
	out := tabwriter.NewWriter(cmd.OutOrStdout(), 0, 0, 2, ' ', 0)
	bad, hint := false, ""
	for _, h := range ring.Hosts {
		id, err := askHost(cmd.Context(), own.Current(), h, ring.Ports.Client)
		if err != nil {
			bad = true
			fmt.Fprintf(out, "%s\t%v\n", h.Name, neterr.Cause(err))
			hint = cmp.Or(hint, own.Hint(err.Error()))
			continue
		}
		fmt.Fprintf(out, "%s\tok\tuntil %s\tserial %s\n", h.Name, trust.Date(id.NotAfter), id.Serial)
	}
	if err := out.Flush(); err != nil {
		return err
	}
	if hint != "" {
		fmt.Fprintln(cmd.ErrOrStderr(), "zog:", hint)
	}
	if bad {
		return &cli.Exit{Code: codeUnreachable}
	}
	return nil
}

// askHost returns who a host says it is, if it is who it should be and takes the certificate of here.
func askHost(ctx context.Context, t *trust.Trust, h config.Host, port uint16) (id trust.Identity, err error) {
	ctx, cancel := context.WithTimeout(ctx, checkTimeout)
	defer cancel()
	dial := dialTLS(t, h.Name)
	conn, err := dial(ctx, "tcp", netip.AddrPortFrom(h.Address, port).String())
	if err != nil {
		return id, err
	}
	defer conn.Close()
	id, _ = trust.Of(conn.State())
	return id, conn.greet(ctx)
}

// greet sends a sign of life, and waits for one. In TLS 1.3 a host says only after the handshake that it
// refuses the certificate of the side that has dialled.
func (c *hostConn) greet(ctx context.Context) error {
	limit, _ := ctx.Deadline()
	if err := c.SetDeadline(limit); err != nil {
		return err
	}
	// An error of this write is one of the network: why it was refused says the read.
	_, failed := c.Write(frame.AppendKeepAlive(nil, &pzog.KeepAlive{Version: 1}, frame.ClientLimit))
	ack, err := c.readAck()
	switch {
	case err != nil:
		return cmp.Or(err, failed)
	case ack.Refused != "":
		return fmt.Errorf("it refuses the connection: %s", record.Escape(nil, []byte(ack.Refused)))
	}
	return nil
}

// readAck reads the first frame, which must be an Ack.
func (c *hostConn) readAck() (*pzog.Ack, error) {
	var buf []byte
	piece := make([]byte, 4<<10)
	for {
		body, whole, err := frame.Split(buf, frame.ClientLimit)
		var f frame.Frame
		switch {
		case err != nil:
			return nil, err
		case whole == 0:
		case frame.Decode(body, &f) != nil || f.Kind != frame.Ack:
			return nil, errors.New("it answers with something else than a sign of life")
		default:
			return f.Ack, nil
		}
		n, err := c.Read(piece)
		if buf = append(buf, piece[:n]...); n == 0 && err != nil {
			return nil, err
		}
	}
}
