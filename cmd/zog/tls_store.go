package main

import (
	"crypto"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"xlattice.org/zog/internal/cli"
	"xlattice.org/zog/internal/config"
	"xlattice.org/zog/internal/fileset"
	"xlattice.org/zog/internal/trust"
)

// store is the directory of a ring's certificates.
type store struct {
	dir     string
	keyFile string // of the CA
}

func (s *store) caFile() string { return filepath.Join(s.dir, "ca.crt") }

// path returns the path of a file of a host or a client, without .crt or .key.
func (s *store) path(kind trust.Kind, name string) string {
	return filepath.Join(s.dir, string(kind)+"s", name)
}

// certFiles returns all certificates that are there.
func (s *store) certFiles() (found []string) {
	if _, err := os.Stat(s.caFile()); err == nil {
		found = append(found, s.caFile())
	}
	return append(found, s.leafFiles()...)
}

// leafFiles returns the certificates of hosts and clients that are there.
func (s *store) leafFiles() (found []string) {
	for _, kind := range []trust.Kind{trust.Host, trust.Client} {
		// The pattern is bad only if the directory has brackets that do not match.
		some, _ := filepath.Glob(s.path(kind, "*.crt"))
		found = append(found, some...)
	}
	return found
}

// open reads the CA, with its key.
func (s *store) open(pass *passphrase) (*trust.Authority, error) {
	certs, err := trust.ReadCerts(s.caFile())
	if notThere(err) {
		return nil, cli.Usage(fmt.Errorf("%s: there is no CA: zog tls init makes one, --dir says where one is", s.caFile()))
	}
	if err != nil {
		return nil, err
	}
	data, err := os.ReadFile(s.keyFile)
	if notThere(err) {
		return nil, cli.Usage(fmt.Errorf("%s: the key of the CA is not there: --ca-key says where it is", s.keyFile))
	}
	if err != nil {
		return nil, err
	}
	key, err := s.decode(data, pass)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", s.keyFile, err)
	}
	// In a change from one CA to another ca.crt has both. The key tells which one signs.
	for _, c := range certs {
		if trust.Matches(c, key) {
			return trust.OpenAuthority(c, key)
		}
	}
	return nil, fmt.Errorf("%s: it is not the key of the CA in %s", s.keyFile, s.caFile())
}

func (s *store) decode(data []byte, pass *passphrase) (crypto.Signer, error) {
	asked := false
	key, err := trust.DecodeKey(data, func() ([]byte, error) {
		asked = true
		return pass.get()
	})
	if err == nil && !asked && pass.file != "" {
		return nil, errors.New("the key has no passphrase, but --passphrase-file was given")
	}
	return key, err
}

// signed is a certificate with its key, if that is new.
type signed struct {
	id    trust.Identity
	files []fileset.File
}

// newKey reports whether the key is new, too.
func (one *signed) newKey() bool { return len(one.files) > 1 }

// issue makes a certificate with a new key.
func (s *store) issue(ca *trust.Authority, r trust.Request, now time.Time) (*signed, error) {
	key, err := trust.NewKey()
	if err != nil {
		return nil, err
	}
	pem, err := trust.EncodeKey(key, nil)
	if err != nil {
		return nil, err
	}
	made, err := s.certify(ca, key.Public(), r, now)
	if err != nil {
		return nil, err
	}
	made.files = append(made.files, fileset.File{Name: s.path(r.Kind, r.Name) + ".key", Data: pem, Mode: 0o600})
	return made, nil
}

// certify makes a certificate for a public key.
func (s *store) certify(ca *trust.Authority, public crypto.PublicKey, r trust.Request, now time.Time) (*signed, error) {
	cert, err := ca.Issue(public, r, now)
	if err != nil {
		return nil, err
	}
	id, err := trust.Identify(cert)
	if err != nil {
		return nil, err
	}
	file := fileset.File{Name: s.path(r.Kind, r.Name) + ".crt", Data: trust.EncodeCerts(cert), Mode: 0o644}
	return &signed{id, []fileset.File{file}}, nil
}

// write writes all files of some certificates, or none.
func write(all []*signed, force bool) error {
	var files []fileset.File
	for _, one := range all {
		files = append(files, one.files...)
	}
	err := fileset.Write(files, force)
	var exists *fileset.ExistsError
	if errors.As(err, &exists) {
		return cli.Usage(fmt.Errorf("%w, and nothing was written: --force overwrites", err))
	}
	return err
}

// hostRequest returns what the certificate of a host says.
func hostRequest(h config.Host, dns []string, life time.Duration) trust.Request {
	r := trust.Request{Kind: trust.Host, Name: h.Name, DNS: dns, Life: life}
	r.IPs = append(r.IPs, h.Address)
	return r
}
