package main

import (
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"xlattice.org/zog/internal/cli"
	"xlattice.org/zog/internal/config"
	"xlattice.org/zog/internal/fileset"
	"xlattice.org/zog/internal/names"
	"xlattice.org/zog/internal/trust"
)

const tlsInitHelp = `Make the certificates of a ring: a CA, one for each host of the ring file, and one
client with all roles. It prints which files belong where.

The key of the CA can make anybody anything. Keep it away from the hosts: --ca-key
puts it elsewhere, on a stick for example, and a passphrase encrypts it. Without
--passphrase, --passphrase-file and $` + envPassphrase + ` it has none.

With --force everything is made anew, and the certificates of the old CA are good
for nothing any more.`

const tlsInitExample = `  zog tls init                             # into tls, beside the ring file
  zog tls init --passphrase                # asks for a passphrase
  zog tls init --dir certs --ca-key /media/stick/ca.key`

type tlsInitFlags struct {
	tlsFlags
	client string
	caDays int
	secret bool
}

func newTLSInit() *cobra.Command {
	f := &tlsInitFlags{}
	cmd := &cobra.Command{
		Use:     "init",
		Short:   "Make a CA, and certificates for all hosts and one client",
		Long:    tlsInitHelp,
		Example: tlsInitExample,
		Args:    cli.NoArgs,
		RunE:    func(cmd *cobra.Command, _ []string) error { return f.run(cmd) },
	}
	f.addSigning(cmd)
	f.addForce(cmd)
	cmd.Flags().StringVar(&f.client, "client", "admin", "`NAME` of the client")
	cmd.Flags().IntVar(&f.caDays, "ca-days", 3650, "how many days the CA is valid")
	cmd.Flags().BoolVar(&f.secret, "passphrase", false, "ask for a passphrase for the key of the CA")
	cli.ChooseOne(cmd, "passphrase", "passphrase-file")
	return cmd
}

func (f *tlsInitFlags) run(cmd *cobra.Command) error {
	ring, s, err := f.ring()
	if err != nil {
		return err
	}
	if !names.IsClient(f.client) {
		return badClientName(f.client)
	}
	ca, first, err := f.authority(cmd, ring, s)
	if err != nil {
		return err
	}
	made, err := f.leaves(ring, s, ca)
	if err != nil {
		return err
	}
	if err := write(append([]*signed{first}, made...), f.force); err != nil {
		return err
	}
	return report(cmd.OutOrStdout(), s, ring, made)
}

// authority makes the CA.
func (f *tlsInitFlags) authority(cmd *cobra.Command, ring *config.Ring, s *store) (*trust.Authority, *signed, error) {
	valid, err := life("ca-days", f.caDays)
	if err != nil {
		return nil, nil, err
	}
	pass := f.pass(cmd)
	secret, err := pass.given()
	if f.secret {
		secret, err = pass.choose()
	}
	if err != nil {
		return nil, nil, err
	}
	ca, err := trust.NewAuthority(ring.Ring, time.Now(), valid)
	if err != nil {
		return nil, nil, err
	}
	key, err := trust.EncodeKey(ca.Key, secret)
	if err != nil {
		return nil, nil, err
	}
	return ca, &signed{files: []fileset.File{
		{Name: s.keyFile, Data: key, Mode: 0o600},
		{Name: s.caFile(), Data: trust.EncodeCerts(ca.Cert), Mode: 0o644},
	}}, nil
}

// leaves makes the certificates of hosts and client.
func (f *tlsInitFlags) leaves(ring *config.Ring, s *store, ca *trust.Authority) (made []*signed, err error) {
	valid, err := life("days", f.days)
	if err != nil {
		return nil, err
	}
	now := time.Now()
	requests := make([]trust.Request, 0, len(ring.Hosts)+1)
	for _, h := range ring.Hosts {
		requests = append(requests, hostRequest(h, nil, valid))
	}
	all := trust.Send | trust.Follow | trust.Admin
	requests = append(requests, trust.Request{Kind: trust.Client, Name: f.client, Roles: all, Life: valid})
	for _, r := range requests {
		one, err := s.issue(ca, r, now)
		if err != nil {
			return nil, err
		}
		made = append(made, one)
	}
	return made, nil
}

// report prints what was made, and where it belongs. ring may be nil.
func report(w io.Writer, s *store, ring *config.Ring, made []*signed) error {
	hostsFirst := func(a, b *signed) int { return -strings.Compare(string(a.id.Kind), string(b.id.Kind)) }
	slices.SortStableFunc(made, hostsFirst)
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	if ring != nil {
		fmt.Fprintf(t, "ring %s: a CA and %d certificates in %s, of which %s stays here and secret\n", ring.Ring, len(made), s.dir, s.keyFile)
	}
	for _, one := range made {
		fmt.Fprintf(t, "%s\t%s\tuntil %s\n", one.id.Who(), one.id.Roles, trust.Date(one.id.NotAfter))
	}
	for i, one := range made {
		if i == 0 || made[i-1].id.Kind != one.id.Kind {
			fmt.Fprintf(t, "\n%s\n", whither[one.id.Kind])
		}
		fmt.Fprint(t, "  "+one.id.Name)
		for _, file := range append([]string{s.caFile()}, fileNames(one.files)...) {
			fmt.Fprint(t, "\t", file, as(one.id.Kind, file))
		}
		fmt.Fprintln(t)
	}
	return t.Flush()
}

// whither says where files of a kind belong.
var whither = map[trust.Kind]string{
	trust.Host:   "To each host, into tls beside its ring file (hosts/NAME stays as it is); zog must be able to read the key:",
	trust.Client: "To each client, into ~/.config/zog, under the names that follow:",
}

// as returns the name under which a client finds a file.
func as(kind trust.Kind, file string) string {
	if kind != trust.Client || filepath.Base(file) == "ca.crt" {
		return ""
	}
	return " (client" + filepath.Ext(file) + ")"
}

func fileNames(files []fileset.File) (names []string) {
	for _, f := range files {
		names = append(names, f.Name)
	}
	return names
}

func badClientName(name string) error {
	return cli.Usage(fmt.Errorf("%q is not a name of a client: 1 to 32 letters, digits, '-', '_' and '.'", name))
}
