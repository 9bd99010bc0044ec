package trust

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"fmt"
	"math/big"
	"net"
	"net/netip"
	"net/url"
	"time"
)

// How long certificates are valid unless it is said otherwise.
const (
	DefaultCALife = 3650 * 24 * time.Hour
	DefaultLife   = 365 * 24 * time.Hour
)

// Skew is how long before it is made a certificate becomes valid, for hosts whose clocks are late.
const Skew = time.Hour

// Authority is a CA that can sign.
type Authority struct {
	Cert *x509.Certificate
	Key  crypto.Signer
	Ring string
}

// NewKey returns a new private key.
func NewKey() (*ecdsa.PrivateKey, error) {
	return ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
}

// NewAuthority makes a CA for the ring with this name, with a new key.
//
// Its certificate signs certificates of hosts and clients, and no other CA.
func NewAuthority(ring string, now time.Time, life time.Duration) (*Authority, error) {
	id := Identity{Ring: ring, Kind: CA}
	key, err := NewKey()
	if err != nil {
		return nil, err
	}
	template, err := newTemplate(id, now, life)
	if err != nil {
		return nil, err
	}
	template.Subject.CommonName = "zog ring " + ring + " CA"
	template.IsCA, template.MaxPathLenZero = true, true
	template.KeyUsage = x509.KeyUsageCertSign | x509.KeyUsageCRLSign
	cert, err := sign(template, template, key.Public(), key)
	if err != nil {
		return nil, err
	}
	return &Authority{cert, key, ring}, nil
}

// OpenAuthority returns the CA with a certificate and its key.
func OpenAuthority(cert *x509.Certificate, key crypto.Signer) (*Authority, error) {
	id, err := Identify(cert)
	switch {
	case err != nil:
		return nil, err
	case id.Kind != CA:
		return nil, fmt.Errorf("the certificate is that of %s, not of a CA", id.Who())
	case !Matches(cert, key):
		return nil, errors.New("the key is not that of the CA's certificate")
	}
	return &Authority{cert, key, id.Ring}, nil
}

// Request is what a certificate is to say.
type Request struct {
	Kind  Kind
	Name  string
	Roles Roles // of a client
	// DNS and IPs are for browsers and curl. Only a host has them.
	DNS  []string
	IPs  []netip.Addr
	Life time.Duration
}

// Issue signs a certificate for a public key. It ends with the CA's certificate, if that ends
// earlier.
//
// A host's certificate is good for both sides of a connection, as a host dials and is dialled. A
// client's is good for the dialling side only.
func (a *Authority) Issue(public crypto.PublicKey, r Request, now time.Time) (*x509.Certificate, error) {
	id := Identity{Ring: a.Ring, Kind: r.Kind, Name: r.Name, Roles: r.Roles}
	template, err := newTemplate(id, now, r.Life)
	if err != nil {
		return nil, err
	}
	if !now.Before(a.Cert.NotAfter) {
		return nil, fmt.Errorf("the CA's certificate expired on %s", Date(a.Cert.NotAfter))
	}
	if template.NotAfter.After(a.Cert.NotAfter) {
		template.NotAfter = a.Cert.NotAfter
	}
	template.Subject.CommonName = id.Who()
	template.KeyUsage = x509.KeyUsageDigitalSignature
	template.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}
	switch r.Kind {
	case Host:
		template.ExtKeyUsage = append(template.ExtKeyUsage, x509.ExtKeyUsageServerAuth)
		template.DNSNames = r.DNS
		for _, ip := range r.IPs {
			template.IPAddresses = append(template.IPAddresses, net.IP(ip.AsSlice()))
		}
	case Client:
		if len(r.DNS)+len(r.IPs) > 0 {
			return nil, errors.New("a client's certificate has no DNS names and no addresses")
		}
	default:
		return nil, fmt.Errorf("a CA does not issue a certificate of kind %q", r.Kind)
	}
	return sign(template, a.Cert, public, a.Key)
}

// newTemplate returns what all certificates have in common.
func newTemplate(id Identity, now time.Time, life time.Duration) (*x509.Certificate, error) {
	uri := id.URI()
	if read, err := ParseURI(uri); err != nil || id.Kind == Client && read.Roles == 0 {
		return nil, fmt.Errorf("no certificate can have the name %q", uri)
	}
	if life <= 0 {
		return nil, fmt.Errorf("a certificate cannot be valid for %s", life)
	}
	parsed, err := url.Parse(uri)
	if err != nil {
		return nil, err
	}
	serial, err := newSerial()
	if err != nil {
		return nil, err
	}
	return &x509.Certificate{
		SerialNumber:          serial,
		Subject:               pkix.Name{Organization: []string{"zog ring " + id.Ring}},
		NotBefore:             now.Add(-Skew).UTC(),
		NotAfter:              now.Add(life).UTC(),
		BasicConstraintsValid: true,
		URIs:                  []*url.URL{parsed},
	}, nil
}

// newSerial returns 63 random bits with the highest one set, so that the number always has 16
// digits.
func newSerial() (*big.Int, error) {
	most := new(big.Int).Lsh(big.NewInt(1), 62)
	n, err := rand.Int(rand.Reader, most)
	if err != nil {
		return nil, err
	}
	return n.Or(n, most), nil
}

// sign returns the signed certificate as others will read it.
func sign(template, parent *x509.Certificate, public crypto.PublicKey, key crypto.Signer) (*x509.Certificate, error) {
	der, err := x509.CreateCertificate(rand.Reader, template, parent, public, key)
	if err != nil {
		return nil, err
	}
	return x509.ParseCertificate(der)
}

// Matches reports whether a key is the one of a certificate.
func Matches(cert *x509.Certificate, key crypto.Signer) bool {
	public, ok := key.Public().(interface{ Equal(crypto.PublicKey) bool })
	return ok && public.Equal(cert.PublicKey)
}

// Date formats a time for users, in UTC.
func Date(t time.Time) string { return t.UTC().Format("2006-01-02 15:04 UTC") }
