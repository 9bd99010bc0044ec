package zog

import (
	"errors"
	"os"
	"path/filepath"
	"time"

	"xlattice.org/zog/internal/config"
	"xlattice.org/zog/internal/trust"
)

// beforeFolder stands in an address before the folder of the client's certificate.
const beforeFolder = ","

func clientFolder(dir string) string { return filepath.Join(dir, "tls", "client") }

// writeCertificates makes a CA, and certificates for all hosts and one client. They are where the
// ring file in dir says, and the client's where [zogclient.LoadTLS] looks.
func writeCertificates(dir string, ring *config.Ring) error {
	ca, err := trust.NewAuthority(ring.Ring, time.Now(), trust.DefaultCALife)
	if err != nil {
		return err
	}
	for _, h := range ring.Hosts {
		caFile, cert, key := ring.TLSFiles(dir, h.Name)
		if err := issue(ca, trust.Request{Kind: trust.Host, Name: h.Name}, caFile, cert, key); err != nil {
			return err
		}
	}
	at := func(name string) string { return filepath.Join(clientFolder(dir), name) }
	sender := trust.Request{Kind: trust.Client, Name: "bench", Roles: trust.Send}
	return issue(ca, sender, at("ca.crt"), at("client.crt"), at("client.key"))
}

// issue writes the certificates of a CA and of somebody, and the key.
func issue(ca *trust.Authority, r trust.Request, caFile, certFile, keyFile string) error {
	r.Life = trust.DefaultLife
	key, err := trust.NewKey()
	if err != nil {
		return err
	}
	cert, err := ca.Issue(key.Public(), r, time.Now())
	if err != nil {
		return err
	}
	encoded, err := trust.EncodeKey(key, nil)
	return errors.Join(err, write(caFile, trust.EncodeCerts(ca.Cert)), write(certFile, trust.EncodeCerts(cert)), write(keyFile, encoded))
}

func write(file string, data []byte) error {
	return errors.Join(os.MkdirAll(filepath.Dir(file), 0o700), os.WriteFile(file, data, 0o600))
}
