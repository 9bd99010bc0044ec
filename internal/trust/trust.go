package trust

import (
	"crypto"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"time"
)

// Settings are what [Load] makes a Trust of. Paths are paths of the operating system.
type Settings struct {
	Ring    string // empty is the ring of Cert, or else that of CA
	CA      string // file with the certificates of one CA or several: each is trusted
	Cert    string // file with the own certificate; empty for a client without one
	Key     string // file with its key
	Revoked Revoked
	// Optional lets clients without a certificate in on the client port. Who sends one is
	// verified all the same.
	Optional bool
}

// Trust is what a process trusts, and who it is. It does not change and may be shared.
type Trust struct {
	ring     string
	self     Identity // zero without a certificate
	revoked  Revoked
	optional bool
	cert     *tls.Certificate    // nil without a certificate
	chain    []*x509.Certificate // those of cert
	cas      []*x509.Certificate
	pool     *x509.CertPool // of cas
}

// Load reads the files of a Trust. It checks that the key is that of the certificate, but not
// the time: that is for [Trust.Check], so that a daemon whose certificate has expired can start and
// say so. An error names the file.
func Load(s Settings) (*Trust, error) {
	t := &Trust{ring: s.Ring, revoked: s.Revoked, optional: s.Optional, pool: x509.NewCertPool()}
	if err := t.loadCAs(s.CA); err != nil {
		return nil, fmt.Errorf("%s: %w", s.CA, err)
	}
	if s.Cert != "" {
		if err := t.loadOwn(s.Cert, s.Key); err != nil {
			return nil, err
		}
	}
	if t.ring == "" {
		t.ring = t.ringOfFiles()
	}
	if t.ring == "" {
		return nil, fmt.Errorf("%s: it does not say of which ring the CA is", s.CA)
	}
	return t, nil
}

// ringOfFiles returns the ring of the own certificate, or of the first CA that names one.
func (t *Trust) ringOfFiles() string {
	if t.self.Ring != "" {
		return t.self.Ring
	}
	for _, ca := range t.cas {
		if id, err := Identify(ca); err == nil {
			return id.Ring
		}
	}
	return ""
}

func (t *Trust) loadCAs(name string) error {
	data, _, err := readFile(name)
	if err != nil {
		return err
	}
	if t.cas, err = DecodeCerts(data); err != nil {
		return err
	}
	for _, ca := range t.cas {
		if !ca.IsCA {
			return errors.New("a certificate in it is not that of a CA")
		}
		t.pool.AddCert(ca)
	}
	return nil
}

func (t *Trust) loadOwn(certFile, keyFile string) error {
	certs, err := ReadCerts(certFile)
	if err != nil {
		return err
	}
	if t.self, err = Identify(certs[0]); err != nil {
		return fmt.Errorf("%s: %w", certFile, err)
	}
	data, mode, err := readFile(keyFile)
	if err != nil {
		return fmt.Errorf("%s: %w", keyFile, err)
	}
	if mode.Perm()&0o007 != 0 {
		return fmt.Errorf("%s: everybody on this machine may read or write the key: chmod 600 it", keyFile)
	}
	key, err := DecodeKey(data, nil)
	if err != nil {
		return fmt.Errorf("%s: %w", keyFile, err)
	}
	if !Matches(certs[0], key) {
		return fmt.Errorf("%s: it is not the key of the certificate in %s", keyFile, certFile)
	}
	t.own(certs, key)
	return nil
}

// own sets the own certificate, followed by those between it and a CA.
func (t *Trust) own(certs []*x509.Certificate, key crypto.Signer) {
	t.chain, t.cert = certs, &tls.Certificate{PrivateKey: key, Leaf: certs[0]}
	for _, c := range certs {
		t.cert.Certificate = append(t.cert.Certificate, c.Raw)
	}
}

// ReadCerts reads a file with at least one certificate. An error names the file.
func ReadCerts(name string) ([]*x509.Certificate, error) {
	data, _, err := readFile(name)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	certs, err := DecodeCerts(data)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return certs, nil
}

// MaxFile is the size limit of a file with certificates or a key, in bytes.
const MaxFile = 1 << 20

// readFile reads a small regular file. An error does not name it.
func readFile(name string) (data []byte, mode fs.FileMode, err error) {
	info, err := os.Stat(name)
	switch {
	case err != nil:
		return nil, 0, bare(err)
	case !info.Mode().IsRegular():
		return nil, 0, errors.New("not a regular file")
	}
	f, err := os.Open(name)
	if err != nil {
		return nil, 0, bare(err)
	}
	defer f.Close()
	data, err = io.ReadAll(io.LimitReader(f, MaxFile+1))
	if err == nil && len(data) > MaxFile {
		err = fmt.Errorf("it has more than %d bytes", MaxFile)
	}
	return data, info.Mode(), bare(err)
}

// bare returns the error of a system call without the name of the file.
func bare(err error) error {
	var path *fs.PathError
	if errors.As(err, &path) {
		return path.Err
	}
	return err
}

// Ring returns the name of the ring.
func (t *Trust) Ring() string { return t.ring }

// Self returns who this process is; ok is false without a certificate.
func (t *Trust) Self() (id Identity, ok bool) { return t.self, t.cert != nil }

// CAs returns the certificates of the CAs that are trusted. The caller does not change them.
func (t *Trust) CAs() []*x509.Certificate { return t.cas }

// With returns a Trust with the same certificates, and with other Revoked and Optional.
func (t *Trust) With(revoked Revoked, optional bool) *Trust {
	other := *t
	other.revoked, other.optional = revoked, optional
	return &other
}

// Check verifies the own certificate as others will, and that it is who it should be. The error
// is a [Refusal].
func (t *Trust) Check(now time.Time, want Want) error {
	_, err := t.Verify(t.chain, now, want)
	return err
}

// CheckWho is as [Trust.Check], but takes a certificate that has expired, or is not valid yet.
func (t *Trust) CheckWho(now time.Time, want Want) error {
	err := t.Check(now, want)
	var refusal *Refusal
	if !errors.As(err, &refusal) || refusal.Cause != Expired && refusal.Cause != NotYetValid {
		return err
	}
	if refusal = t.checkName(t.self, want); refusal != nil {
		return refusal
	}
	return nil
}
