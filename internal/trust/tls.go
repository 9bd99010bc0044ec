package trust

import (
	"crypto/tls"
	"errors"
	"fmt"
	"strings"
	"time"
)

// The application protocols of the two ports.
const (
	PeerProtocol   = "zog-peer/1"
	ClientProtocol = "zog-client/1"
)

// PeerServer returns the configuration of the peer port. Only hosts of the ring get through a
// handshake; which one it is stands in its certificate (see [Of]).
//
// current returns the Trust in force. It is called at each handshake, from many goroutines.
func PeerServer(current func() *Trust) *tls.Config {
	return server(current, func(t *Trust) *tls.Config { return t.accept(PeerProtocol, Want{Kind: Host}, false) })
}

// ClientServer returns the configuration of the client port. Clients and hosts of the ring get
// through a handshake, and clients without a certificate if [Settings] say so. What they may do is
// in their roles (see [Of]).
//
// current is as with [PeerServer].
func ClientServer(current func() *Trust) *tls.Config {
	return server(current, func(t *Trust) *tls.Config { return t.accept(ClientProtocol, Want{}, t.optional) })
}

// errNoTLS ends a handshake with a side that takes only plain text by now.
var errNoTLS = errors.New("this side takes only plain text now")

func server(current func() *Trust, config func(*Trust) *tls.Config) *tls.Config {
	// GetConfigForClient decides all. The rest is there so that nothing is let in if it is
	// ever not called: there is no certificate.
	return &tls.Config{
		MinVersion:             tls.VersionTLS13,
		SessionTicketsDisabled: true,
		GetConfigForClient: func(*tls.ClientHelloInfo) (*tls.Config, error) {
			t := current()
			if t == nil { // this side has given up TLS since the connection began
				return nil, errNoTLS
			}
			return config(t), nil
		},
	}
}

// accept returns the configuration of the accepting side.
func (t *Trust) accept(protocol string, want Want, optional bool) *tls.Config {
	c := t.base(protocol)
	// crypto/tls verifies the chain too, as only then a client is told by an alert that its
	// certificate has expired, or is of another CA.
	c.ClientCAs, c.ClientAuth = t.pool, tls.RequireAndVerifyClientCert
	if optional {
		c.ClientAuth = tls.VerifyClientCertIfGiven
	}
	c.VerifyConnection = t.verifier(protocol, want, optional)
	return c
}

// DialPeer returns a new configuration for one dial to the peer port of the host with this
// name. The host must have a certificate with it.
func (t *Trust) DialPeer(name string) *tls.Config {
	return t.dial(PeerProtocol, Want{Kind: Host, Name: name})
}

// DialHost returns a new configuration for one dial to the client port of the host with this
// name; an empty name is any host of the ring.
func (t *Trust) DialHost(name string) *tls.Config {
	return t.dial(ClientProtocol, Want{Kind: Host, Name: name})
}

// dial returns the configuration of the dialling side. crypto/tls can compare DNS names and
// addresses only, so it is told not to verify, and VerifyConnection verifies all.
func (t *Trust) dial(protocol string, want Want) *tls.Config {
	c := t.base(protocol)
	c.InsecureSkipVerify = true
	if t.cert != nil {
		// Unlike one of Certificates, this is sent to a server of another CA too, and that
		// tells why it refuses.
		c.GetClientCertificate = func(*tls.CertificateRequestInfo) (*tls.Certificate, error) { return t.cert, nil }
	}
	c.VerifyConnection = t.verifier(protocol, want, false)
	return c
}

// base returns what both sides have in common.
func (t *Trust) base(protocol string) *tls.Config {
	c := &tls.Config{
		MinVersion:             tls.VersionTLS13,
		NextProtos:             []string{protocol},
		SessionTicketsDisabled: true,
		// Nobody shows the beginning of a large write before the rest has come.
		DynamicRecordSizingDisabled: true,
	}
	if t.cert != nil {
		c.Certificates = []tls.Certificate{*t.cert}
	}
	return c
}

// verifier returns what crypto/tls calls at the end of a handshake. A nil error lets the other
// side in.
func (t *Trust) verifier(protocol string, want Want, optional bool) func(tls.ConnectionState) error {
	return func(s tls.ConnectionState) error {
		if s.NegotiatedProtocol != protocol {
			return fmt.Errorf("it does not speak %s", protocol)
		}
		if optional && len(s.PeerCertificates) == 0 {
			return nil
		}
		_, err := t.Verify(s.PeerCertificates, time.Now(), want)
		return err
	}
}

// Of returns who is at the other side of a connection whose handshake is done with one of these
// configurations; ok is false for a client without a certificate.
func Of(s tls.ConnectionState) (id Identity, ok bool) {
	if len(s.PeerCertificates) == 0 {
		return id, false
	}
	id, err := Identify(s.PeerCertificates[0])
	return id, err == nil
}

const otherProtocol = "speaks another protocol: is this the peer port instead of the client port, or the other way round?"

// texts are parts of the errors of crypto/tls, and what they mean in words for users. The first six
// are alerts of the other side.
var texts = []struct{ text, means string }{
	{"tls: expired certificate", "{them} says that {ours} has expired, or is not valid yet"},
	{"tls: unknown certificate authority", "{them} does not know the CA that signed {ours}"},
	{"tls: certificate required", "{them} wants a certificate, and this one has none"},
	{"tls: bad certificate", "{them} refuses {ours}: {why}"},
	{"tls: no application protocol", "{them} " + otherProtocol},
	{"tls: protocol version not supported", "{them} speaks no TLS 1.3"},
	{"tls: client offered only unsupported versions", "{them} speaks no TLS 1.3"},
	{"tls: client requested unsupported application protocols", "{them} " + otherProtocol},
	{"tls: client didn't provide a certificate", "{them} has no certificate"},
}

// Sides are names for the texts of errors: of this side, as [Identity.Who] returns them, and of the host that was
// dialled. Either may be empty.
type Sides struct{ Us, Them string }

// SidesOf returns the sides of a connection that was dialled with a configuration.
func SidesOf(config *tls.Config, s tls.ConnectionState) Sides {
	var sides Sides
	if config != nil && len(config.Certificates) > 0 && config.Certificates[0].Leaf != nil {
		if us, err := Identify(config.Certificates[0].Leaf); err == nil {
			sides.Us = us.Who()
		}
	}
	them, _ := Of(s)
	sides.Them = them.Name
	return sides
}

// fill puts the names into a text.
func (s Sides) fill(text string) string {
	them, ours, why := "the other side", "the certificate of this one", "its log says why"
	if s.Them != "" {
		them, why = s.Them, "the reason is in error.log of "+s.Them
	}
	if s.Us != "" {
		ours = "our certificate (" + s.Us + ")"
	}
	return strings.NewReplacer("{them}", them, "{ours}", ours, "{why}", why).Replace(text)
}

// Explain returns an error of a handshake, or of the first read after it, with a text that names
// the cause. now is the time of the error, and them the host that was dialled, if any. Other errors are
// returned as they are.
func (t *Trust) Explain(err error, now time.Time, them string) error {
	var unverified *tls.CertificateVerificationError
	var refusal *Refusal
	switch {
	case err == nil, errors.As(err, &refusal):
		return err
	case errors.As(err, &unverified):
		if _, refused := t.Verify(unverified.UnverifiedCertificates, now, Want{}); refused != nil {
			return refused
		}
		return err
	}
	s := Sides{Them: them}
	if t.cert != nil {
		s.Us = t.self.Who()
	}
	return s.Explain(err)
}

// Explain is as [Sides.Explain] without names.
func Explain(err error) error { return Sides{}.Explain(err) }

// Explain is as [Trust.Explain], for the side that has dialled.
func (s Sides) Explain(err error) error {
	var plain tls.RecordHeaderError
	if errors.As(err, &plain) {
		return errors.New(s.fill("{them} does not speak TLS"))
	}
	for _, known := range texts {
		if err != nil && strings.Contains(err.Error(), known.text) {
			return errors.New(s.fill(known.means))
		}
	}
	return err
}

// IsRefused reports whether an error of a read says that the other side has refused the handshake.
func IsRefused(err error) bool {
	for _, known := range texts[:alerts] {
		if strings.Contains(err.Error(), "remote error: "+known.text) {
			return true
		}
	}
	return false
}

// alerts is how many of texts are alerts of the other side.
const alerts = 6
