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
	"xlattice.org/zog/internal/plural"
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
	caLife, err := life("ca-days", f.caDays)
	if err != nil {
		return err
	}
	valid, err := life("days", f.days)
	if err != nil {
		return err
	}
	secret, err := f.secretOf(cmd)
	if err != nil {
		return err
	}
	ca, first, err := s.authority(ring, caLife, secret)
	if err != nil {
		return err
	}
	made, err := s.leaves(ring, ca, f.client, valid)
	if err != nil {
		return err
	}
	if err := write(append([]*signed{first}, made...), f.force); err != nil {
		return err
	}
	_, err = fmt.Fprintf(cmd.OutOrStdout(), "ring %s: a CA and %d certificates in %s. Keep %s secret, and away from the hosts.\n", ring.Ring, len(made), s.dir, s.keyFile)
	if err != nil {
		return err
	}
	if err := f.report(cmd.OutOrStdout(), s, ca, made); err != nil {
		return err
	}
	next := then
	if old := f.other(ring, s); old != "" {
		next = fmt.Sprintf(thenReplace, ring.Ring, old, s.dir)
	}
	_, err = io.WriteString(cmd.OutOrStdout(), next)
	return err
}

// other returns the directory that zog tls takes without --dir, if it is another one and has a CA of this ring.
func (f *tlsInitFlags) other(ring *config.Ring, s *store) string {
	file, _, err := findRing(f.config, byFlagOnly)
	if err != nil || f.dir == "" {
		return ""
	}
	usual := (&tlsFlags{}).at(filepath.Dir(file))
	if absolute(usual.dir) == absolute(s.dir) {
		return ""
	}
	t, err := trust.Load(trust.Settings{CA: usual.caFile()})
	if err != nil || t.Ring() != ring.Ring {
		return ""
	}
	return usual.dir
}

// secretOf returns the passphrase for the key of the CA; empty for none.
func (f *tlsInitFlags) secretOf(cmd *cobra.Command) ([]byte, error) {
	pass := f.pass(cmd)
	if f.secret {
		return pass.choose()
	}
	return pass.given()
}

// authority makes the CA of a ring. An empty secret leaves its key in plain text.
func (s *store) authority(ring *config.Ring, life time.Duration, secret []byte) (*trust.Authority, *signed, error) {
	ca, err := trust.NewAuthority(ring.Ring, time.Now(), life)
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

// leaves makes the certificates of all hosts, and of a client with all roles, which is the last one.
func (s *store) leaves(ring *config.Ring, ca *trust.Authority, client string, life time.Duration) (made []*signed, err error) {
	now := time.Now()
	requests := make([]trust.Request, 0, len(ring.Hosts)+1)
	for _, h := range ring.Hosts {
		requests = append(requests, hostRequest(h, nil, life))
	}
	all := trust.Send | trust.Follow | trust.Admin
	requests = append(requests, trust.Request{Kind: trust.Client, Name: client, Roles: all, Life: life})
	for _, r := range requests {
		one, err := s.issue(ca, r, now)
		if err != nil {
			return nil, err
		}
		made = append(made, one)
	}
	return made, nil
}

// report prints what was made, and where it belongs.
func (f *tlsFlags) report(w io.Writer, s *store, ca *trust.Authority, made []*signed) error {
	hostsFirst := func(a, b *signed) int { return -strings.Compare(string(a.id.Kind), string(b.id.Kind)) }
	slices.SortStableFunc(made, hostsFirst)
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for _, one := range made {
		fmt.Fprintf(t, "%s\t%s\tuntil %s\n", one.id.Who(), one.id.Roles, trust.Date(one.id.NotAfter))
	}
	for i, one := range made {
		if i == 0 || made[i-1].id.Kind != one.id.Kind {
			fmt.Fprintf(t, "\n%s\n", one.whither())
		}
		files := fileNames(one.files)
		if one.newKey() {
			files = append([]string{s.caFile()}, files...)
		}
		fmt.Fprintf(t, "  %s\t%s\n", one.id.Name, strings.Join(files, "\t"))
	}
	if err := t.Flush(); err != nil {
		return err
	}
	return f.reportCut(w, s, ca, made)
}

// reportCut says that certificates end with the CA, before --days are over.
func (f *tlsFlags) reportCut(w io.Writer, s *store, ca *trust.Authority, made []*signed) error {
	wanted := time.Now().AddDate(0, 0, f.days)
	cut := func(one *signed) bool {
		return one.id.NotAfter.Equal(ca.Cert.NotAfter) && one.id.NotAfter.Before(wanted.Add(-time.Hour))
	}
	if !slices.ContainsFunc(made, cut) {
		return nil
	}
	_, err := fmt.Fprintf(w, "\nThe CA in %s ends on %s, so no certificate is valid for %s: see \"From one CA to another\" in docs/operations.md\n",
		s.caFile(), trust.Date(ca.Cert.NotAfter), plural.Of(f.days, "day"))
	return err
}

// whither says where the files belong, of all that have the same kind.
func (one *signed) whither() string {
	switch host := one.id.Kind == trust.Host; {
	case host && one.newKey():
		return "Copy to each host, as tls/ca.crt, tls/hosts/NAME.crt and tls/hosts/NAME.key beside its ring file.\n" +
			"The user of zog must be able to read the key, and nobody else:"
	case host:
		return "Copy to each host, as tls/hosts/NAME.crt beside its ring file; nothing else has changed:"
	case one.newKey():
		return "Copy to each client, as ca.crt, client.crt and client.key in ~/.config/zog:"
	}
	return "Copy to each client, as client.crt in ~/.config/zog; nothing else has changed:"
}

// then says what comes next after zog tls init.
const then = `
Then, in the ring file of one host after the other, set tls.mode to accept, and send
SIGHUP. When all hosts and clients have certificates, do the same with require.
`

// thenReplace says so if there is a CA of the ring already.
const thenReplace = `
Ring %[1]s has a CA already, in %[2]s. A ring that runs goes over from one to the other step by step, so that
nobody is locked out: see "From one CA to another" in docs/operations.md. Its last step is
  mv %[2]s %[2]s.old; mv %[3]s %[2]s
`

func fileNames(files []fileset.File) (names []string) {
	for _, f := range files {
		names = append(names, f.Name)
	}
	return names
}

func badClientName(name string) error {
	return cli.Usage(fmt.Errorf("%q is not a name of a client: 1 to 32 letters, digits, '-', '_' and '.'", name))
}
