package main

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"

	"xlattice.org/zog/internal/cli"
	"xlattice.org/zog/internal/trust"
)

// With --tls the ring has certificates, and tls.mode require.

// Names of clients with certificates.
const (
	honestName = "honest" // all roles
	stolenName = "stolen" // the role send
)

// certificates are those of a ring, and forged ones.
type certificates struct {
	dir    string
	honest *trust.Trust
	stolen *trust.Trust // of an attacker who has a client's
	liar   *trust.Trust // of a host that is compromised
	forged *trust.Trust // of another CA, with the name of an honest client
}

// newCertificates makes the certificates of a ring, and adds TLS to its ring file.
func (s *stage) newCertificates(ctx context.Context) error {
	f, err := os.OpenFile(s.File, os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	_, err = f.WriteString("tls: {mode: require}\n")
	if err := errors.Join(err, f.Close()); err != nil {
		return err
	}
	dir, other := filepath.Join(s.Dir, "tls"), filepath.Join(s.Dir, "forged")
	for _, args := range [][]string{
		{"init", "--client", honestName}, {"client", stolenName, "--role", "send"}, {"init", "--client", honestName, "--dir", other},
	} {
		cmd := exec.CommandContext(ctx, s.zog, append([]string{"tls", "--config", s.File}, args...)...)
		if out, err := cmd.CombinedOutput(); err != nil {
			return fmt.Errorf("zog tls %s: %w: %s", args[0], err, out)
		}
	}
	c := &certificates{dir: dir}
	for _, one := range []struct {
		to         **trust.Trust
		dir, whose string
	}{
		{&c.honest, dir, "clients/" + honestName}, {&c.stolen, dir, "clients/" + stolenName},
		{&c.liar, dir, "hosts/" + s.Name(liar)}, {&c.forged, other, "clients/" + honestName},
	} {
		at := filepath.Join(one.dir, one.whose)
		*one.to, err = trust.Load(trust.Settings{Ring: s.Ring.Ring.Ring, CA: filepath.Join(dir, "ca.crt"), Cert: at + ".crt", Key: at + ".key"})
		if err != nil {
			return err
		}
	}
	s.certs = c
	return nil
}

// environment returns what tells zog verify where certificates are.
func (s *stage) environment() []string {
	if s.certs == nil {
		return nil
	}
	at := filepath.Join(s.certs.dir, "clients", honestName)
	return append(os.Environ(), cli.EnvTLSCA+"="+filepath.Join(s.certs.dir, "ca.crt"), cli.EnvTLSCert+"="+at+".crt", cli.EnvTLSKey+"="+at+".key")
}

// dialled returns the TLS of an attacker who dials a port: that of the liar to the peer port, and that
// of the stolen certificate to the client port. It is nil without --tls.
func (s *stage) dialled(to netip.AddrPort) *tls.Config {
	switch {
	case s.certs == nil:
		return nil
	case to.Port() == s.Ports.Peer:
		return s.certs.liar.DialPeer(s.hostAt(to))
	}
	return s.certs.stolen.DialHost(s.hostAt(to))
}

// hostAt returns the name of the host with an address.
func (s *stage) hostAt(at netip.AddrPort) string {
	i, _ := s.ByAddress(at.Addr())
	return s.Name(i)
}
