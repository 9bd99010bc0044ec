package main

import (
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"xlattice.org/zog/internal/cli"
	"xlattice.org/zog/internal/names"
	"xlattice.org/zog/internal/trust"
)

const tlsHostHelp = `Make a certificate, with a new key, for one host of the ring file. It is good for
the address there, too, so that curl and browsers take it; --dns adds names for
them. zog itself looks at the name of the host only.`

func newTLSHost() *cobra.Command {
	f := &tlsFlags{}
	var dns []string
	cmd := &cobra.Command{
		Use:     "host NAME",
		Short:   "Make a certificate for one host",
		Long:    tlsHostHelp,
		Example: "  zog tls host MV\n  zog tls host MV --dns mv.example.org --days 90",
		Args:    oneName,
		RunE:    func(cmd *cobra.Command, args []string) error { return f.host(cmd, args[0], dns) },
	}
	f.addSigning(cmd)
	f.addForce(cmd)
	cmd.Flags().StringSliceVar(&dns, "dns", nil, "DNS `NAME` of the host, for curl and browsers; may be repeated")
	return cmd
}

func (f *tlsFlags) host(cmd *cobra.Command, name string, dns []string) error {
	valid, err := life("days", f.days)
	if err != nil {
		return err
	}
	ring, s, err := f.ring()
	if err != nil {
		return err
	}
	i, err := ring.Identify(name, "", nil)
	if err != nil {
		return cli.Usage(err)
	}
	ca, err := s.open(f.pass(cmd))
	if err != nil {
		return err
	}
	if ca.Ring != ring.Ring {
		return cli.Usage(fmt.Errorf("the CA in %s is that of ring %s, not of ring %s", s.caFile(), ca.Ring, ring.Ring))
	}
	return f.issue(cmd, s, ca, hostRequest(ring.Hosts[i], dns, valid))
}

const tlsClientHelp = `Make a certificate, with a new key, for one client. Its roles say what it may do,
one or several of them:

  send    hand in messages
  follow  read the log (sprog tail, sprog exec), and survey it (zog verify --ring)
  admin   nothing yet; it is for changes of the ring`

func newTLSClient() *cobra.Command {
	f := &tlsFlags{}
	roles := ""
	cmd := &cobra.Command{
		Use:     "client NAME --role ROLES",
		Short:   "Make a certificate for one client",
		Long:    tlsClientHelp,
		Example: "  zog tls client sensor-7 --role send\n  zog tls client laptop --role send,follow,admin --days 30",
		Args:    oneName,
		RunE:    func(cmd *cobra.Command, args []string) error { return f.client(cmd, args[0], roles) },
	}
	f.addSigning(cmd)
	f.addForce(cmd)
	cmd.Flags().StringVar(&roles, "role", "", "what the client may do: `ROLES`, of send, follow and admin, with commas")
	return cmd
}

func (f *tlsFlags) client(cmd *cobra.Command, name, text string) error {
	if !names.IsClient(name) {
		return badClientName(name)
	}
	if text == "" {
		return cli.Usage(fmt.Errorf("say what %s may do: --role send, or more of send,follow,admin", name))
	}
	roles, err := trust.ParseRoles(text)
	if err != nil {
		return cli.Usage(fmt.Errorf("--role: %w", err))
	}
	valid, err := life("days", f.days)
	if err != nil {
		return err
	}
	s, err := f.store()
	if err != nil {
		return err
	}
	ca, err := s.open(f.pass(cmd))
	if err != nil {
		return err
	}
	if err := f.issue(cmd, s, ca, trust.Request{Kind: trust.Client, Name: name, Roles: roles, Life: valid}); err != nil {
		return err
	}
	if _, ring, err := cli.FindRing(f.config); err == nil {
		if _, is := ring.Index(name); is {
			fmt.Fprintf(cmd.ErrOrStderr(), "zog: %s is a host of ring %s, and this is a certificate for a client of that name: zog tls host %[1]s makes that of the host\n", name, ring.Ring)
		}
	}
	return nil
}

// issue makes and writes one certificate with a new key.
func (f *tlsFlags) issue(cmd *cobra.Command, s *store, ca *trust.Authority, r trust.Request) error {
	one, err := s.issue(ca, r, time.Now())
	if err != nil {
		return err
	}
	made := []*signed{one}
	if err := write(made, f.force); err != nil {
		return err
	}
	return f.report(cmd.OutOrStdout(), s, ca, made)
}

// oneName is for commands with one argument.
func oneName(cmd *cobra.Command, args []string) error {
	if len(args) != 1 {
		return fmt.Errorf("%s takes one NAME, but got %d", cmd.CommandPath(), len(args))
	}
	return nil
}
