package client

import (
	"crypto/tls"
	"maps"
	"net"
	"strings"

	"xlattice.org/zog/internal/tlsconn"
	"xlattice.org/zog/internal/trust"
)

// LoadTLS returns a Config.TLS with the certificates in a folder: ca.crt, and client.crt with
// client.key if hosts want a certificate. zog tls init and zog tls client make these files. The
// error names the file.
//
// The files are looked at before each dial, and read again if they have changed: whoever renews
// them copies them there, and no Client has to be made again. While the new files are not good, the old ones
// stay in force. A connection that is there stays.
//
// The connections are to hosts of the ring of the CA only, whichever of them is at an address:
// LoadTLSFor knows better.
func LoadTLS(dir string) (*tls.Config, error) {
	live, err := loadFolder(dir)
	if err != nil {
		return nil, err
	}
	return live.DialHost(""), nil
}

// LoadTLSFor is as LoadTLS, and returns a Config.TLSFor. hosts has the name of the host at each
// address, as the ring file says; at an address that is not in it, any host of the ring is taken.
func LoadTLSFor(dir string, hosts map[string]string) (func(address string) *tls.Config, error) {
	live, err := loadFolder(dir)
	if err != nil {
		return nil, err
	}
	hosts = maps.Clone(hosts)
	return func(address string) *tls.Config { return live.Current().DialHost(hosts[address]) }, nil
}

func loadFolder(dir string) (*trust.Live, error) {
	return trust.NewLive(func() trust.Settings { return trust.FolderSettings(dir) }, nil)
}

// explain returns an error of a read in words, which name the host and the certificate that is used here.
func (c *Config) explain(err error, raw net.Conn, address string) error {
	conn, ok := raw.(*tlsconn.Conn)
	if !ok {
		return trust.Explain(err)
	}
	return trust.SidesOf(c.tlsAt(address), conn.State()).Explain(err)
}

// tlsAt returns how the host at an address is dialled; nil is plain text.
func (c *Config) tlsAt(address string) *tls.Config {
	if c.TLSFor != nil {
		return c.TLSFor(address)
	}
	return c.TLS
}

// refusals are how the reasons of a host read that takes nothing on a connection, for TLS or for
// the roles of a client (docs/protocol.md, 11), and what they mean here.
var refusals = []struct{ part, means string }{
	{"plain text where TLS is wanted", "the host takes only TLS"},
	{" and lacks send", ""},
	{"looks like TLS", "the host does not speak TLS"},
}

// notTaken returns an error if a host that refuses a connection for this reason has taken nothing
// on it.
func notTaken(reason string) error {
	if isPeerPort(reason) {
		return errPeerPort
	}
	for _, r := range refusals {
		if strings.Contains(reason, r.part) {
			if r.means == "" {
				return refusedError(reason)
			}
			return refusedError(r.means)
		}
	}
	return nil
}

// refusedError is why a host takes nothing from this client.
type refusedError string

func (e refusedError) Error() string { return string(e) }
