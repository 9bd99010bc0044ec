package main

import (
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"xlattice.org/zog/internal/cli"
	"xlattice.org/zog/internal/config"
	"xlattice.org/zog/internal/trust"
)

const tlsRenewHelp = `Make certificates again, with a new time. Name, roles and key stay the same, so only
the .crt has to be copied; a host keeps its DNS names, and has the address of the
ring file. Without NAME all certificates in the directory are renewed, but not the
CA. A name is MV, or host/MV or client/MV if both exist. Who is in the list revoked of
the ring file is not renewed. No certificate is valid longer than the CA.

For a new key, make the certificate with zog tls host or zog tls client --force.`

func newTLSRenew() *cobra.Command {
	f := &tlsFlags{}
	cmd := &cobra.Command{
		Use:     "renew [NAME...]",
		Short:   "Make certificates again, with the same keys",
		Long:    tlsRenewHelp,
		Example: "  zog tls renew\n  zog tls renew MV client/laptop --days 90",
		RunE:    func(cmd *cobra.Command, args []string) error { return f.renew(cmd, args) },
	}
	f.addSigning(cmd)
	return cmd
}

func (f *tlsFlags) renew(cmd *cobra.Command, names []string) error {
	valid, err := life("days", f.days)
	if err != nil {
		return err
	}
	s, err := f.store()
	if err != nil {
		return err
	}
	old, err := s.chosen(names)
	if err != nil {
		return err
	}
	_, ring, err := cli.FindRing(f.config)
	if err != nil && !errors.Is(err, cli.ErrNoRing) {
		return err
	}
	ca, err := s.open(f.pass(cmd))
	if err != nil {
		return err
	}
	if old, err = notRevoked(cmd.OutOrStdout(), old, ca, ring, len(names) > 0); err != nil {
		return err
	}
	var made []*signed
	for _, c := range old {
		r, err := again(c, ca, ring, valid)
		if err != nil {
			return err
		}
		one, err := s.certify(ca, c.PublicKey, r, time.Now())
		if err != nil {
			return err
		}
		made = append(made, one)
	}
	if err := write(made, true); err != nil {
		return err
	}
	return f.report(cmd.OutOrStdout(), s, ca, made)
}

// notRevoked returns the certificates of who is not revoked in the ring file, and says whom it leaves out.
// A new certificate for the same key would let in again who was revoked by the serial number. If named is
// true it is an error.
func notRevoked(w io.Writer, old []*x509.Certificate, ca *trust.Authority, ring *config.Ring, named bool) (kept []*x509.Certificate, err error) {
	if ring == nil || ring.Ring != ca.Ring {
		return old, nil
	}
	for _, c := range old {
		id, err := trust.Identify(c)
		if err != nil {
			return nil, err
		}
		if !trust.Revoked(ring.Revoked).Has(id) {
			kept = append(kept, c)
			continue
		}
		if named {
			return nil, cli.Usage(fmt.Errorf("%s is revoked in the ring file: take it out of revoked, or make a new key with zog tls %s %s --force", id.Who(), id.Kind, id.Name))
		}
		if _, err := fmt.Fprintf(w, "%s is revoked in the ring file, and is not renewed\n", id.Who()); err != nil {
			return nil, err
		}
	}
	return kept, nil
}

// chosen returns the certificates with these names; all without a name.
func (s *store) chosen(names []string) (certs []*x509.Certificate, err error) {
	found := map[string][]*x509.Certificate{}
	for _, file := range s.leafFiles() {
		read, err := trust.ReadCerts(file)
		if err != nil {
			return nil, err
		}
		id, err := trust.Identify(read[0])
		if err != nil {
			return nil, fmt.Errorf("%s: %w", file, err)
		}
		certs = append(certs, read[0])
		found[id.Who()] = append(found[id.Who()], read[0])
		found[id.Name] = append(found[id.Name], read[0])
	}
	if len(certs) == 0 {
		return nil, cli.Usage(fmt.Errorf("%s: there are no certificates of hosts or clients: zog tls init makes some", s.dir))
	}
	if len(names) == 0 {
		return certs, nil
	}
	certs = nil
	for _, name := range names {
		if n := len(found[name]); n == 0 {
			return nil, cli.Usage(fmt.Errorf("there is no certificate of %q in %s", name, s.dir))
		} else if n > 1 {
			return nil, cli.Usage(fmt.Errorf("%s is a host and a client: say host/%[1]s or client/%[1]s", name))
		}
		certs = append(certs, found[name][0])
	}
	return certs, nil
}

// again returns what a new certificate says instead of an old one. The address of a host is that
// of the ring file, if there is one.
func again(old *x509.Certificate, ca *trust.Authority, ring *config.Ring, valid time.Duration) (trust.Request, error) {
	id, err := trust.Identify(old)
	if err != nil {
		return trust.Request{}, err
	}
	if id.Ring != ca.Ring {
		return trust.Request{}, fmt.Errorf("%s is of ring %s, and the CA of ring %s", id.Who(), id.Ring, ca.Ring)
	}
	r := trust.Request{Kind: id.Kind, Name: id.Name, Roles: id.Roles, DNS: old.DNSNames, Life: valid}
	for _, ip := range old.IPAddresses {
		if a, ok := netip.AddrFromSlice(ip); ok {
			r.IPs = append(r.IPs, a.Unmap())
		}
	}
	if id.Kind == trust.Host && ring != nil && strings.EqualFold(ring.Ring, ca.Ring) {
		if i, ok := ring.Index(id.Name); ok {
			r.IPs = []netip.Addr{ring.Hosts[i].Address}
		}
	}
	return r, nil
}
