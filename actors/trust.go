package actors

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/netip"
	"syscall"
	"time"

	"xlattice.org/zog/internal/config"
	"xlattice.org/zog/internal/tlsconn"
	"xlattice.org/zog/internal/trust"
)

// handshakeTimeout is how long the handshake of an accepted connection may take.
const handshakeTimeout = 10 * time.Second

// Violations of connections by what protects them.
const (
	errPlain        violation = "plain text where TLS is wanted"
	errOutsider     violation = "its certificate is that of no host in the ring file"
	errOurNamesake  violation = "it has the certificate of this host"
	errUnprotected  violation = "this host takes only TLS now"
	errNotProtected violation = "this host takes only plain text now"
)

// secured returns an accepted connection that takes what the ring file says: with tls.mode off
// it is the connection itself. policy has the functions that the handshake calls.
func (id *identity) secured(conn net.Conn, peer bool, policy tlsconn.Policy) net.Conn {
	mode := id.Ring().TLS.Mode
	if mode == config.TLSOff {
		return conn
	}
	server := trust.ClientServer
	if peer {
		server = trust.PeerServer
	}
	policy.TLS = server(func() *trust.Trust { return id.file.Load().trust })
	policy.Plain, policy.Within = mode == config.TLSAccept, handshakeTimeout
	return tlsconn.Accept(conn, policy)
}

// explain returns the error of a connection in words. What the other side does wrong with TLS is a
// violation.
func (id *identity) explain(err error) error { return id.explainOf(err, "") }

// explainOf is as explain, for a connection to the host with this name, if there is one.
func (id *identity) explainOf(err error, them string) error {
	var failed *tlsconn.Failure
	switch {
	case !errors.As(err, &failed):
		return err
	case errors.Is(err, tlsconn.ErrPlain):
		return mismatch{errPlain}
	}
	why := failed.Err
	if t := id.file.Load().trust; t != nil {
		why = t.Explain(why, time.Now(), them)
	}
	return mismatch{violation("TLS: " + why.Error())}
}

// peerOn returns the index of the host at the other side of a connection whose handshake is done:
// the one that its certificate names, or with plain text the one with its address.
func (id *identity) peerOn(conn *tlsconn.Conn, remote string) (int, error) {
	if !conn.Secure() {
		at, err := netip.ParseAddrPort(remote)
		if err != nil {
			return 0, err
		}
		return id.peerAt(at.Addr())
	}
	who, _ := trust.Of(conn.State())
	for i, h := range id.Ring().Hosts {
		switch {
		case h.Name != who.Name:
		case i == id.self:
			return 0, errOurNamesake
		default:
			return i, nil
		}
	}
	return 0, errOutsider
}

// isSecure tells whether a connection has TLS. Its handshake is done.
func isSecure(conn net.Conn) bool {
	secure, ok := conn.(*tlsconn.Conn)
	return ok && secure.Secure()
}

// allows returns a refusal unless the client at the other side of a connection has these roles.
// Without TLS, and without a certificate where none is needed, a client may send and follow.
func (id *identity) allows(conn net.Conn, roles trust.Roles) error {
	if !isSecure(conn) {
		return nil
	}
	who, ok := trust.Of(conn.(*tlsconn.Conn).State())
	if !ok {
		return nil
	}
	return who.Need(roles)
}

// stillTrusted returns why a connection would not pass any more, or nil. One whose handshake is
// not done is judged then. want is who is at the other side.
func (id *identity) stillTrusted(conn net.Conn, want trust.Want) error {
	file := id.file.Load()
	secure, ok := conn.(*tlsconn.Conn)
	if ok && secure.Pending() {
		return nil
	}
	if !ok || !secure.Secure() {
		if file.TLS.Mode == config.TLSRequire {
			return errUnprotected
		}
		return nil
	}
	if file.TLS.Mode == config.TLSOff {
		return errNotProtected
	}
	certs := secure.Certificates()
	if len(certs) == 0 && want.Kind == "" && file.TLS.Client == config.TLSClientOff {
		return nil
	}
	if _, err := file.trust.Verify(certs, time.Now(), want); err != nil {
		return violation("TLS: " + err.Error())
	}
	return nil
}

// dialPeer dials a peer as the ring file says: plain, or with TLS. While a ring moves over, a peer
// may speak plain text yet: then it is dialled again so.
func (n *Node) dialPeer(ctx context.Context, peer int) (net.Conn, error) {
	file := n.file.Load()
	from := file.Hosts[n.self].Address
	to := netip.AddrPortFrom(file.Hosts[peer].Address, file.Ports.Peer)
	dial := func() (net.Conn, error) {
		within, cancel := context.WithTimeout(ctx, dialTimeout)
		defer cancel()
		return n.Dial(within, from, to)
	}
	conn, err := dial()
	if err != nil || file.TLS.Mode == config.TLSOff {
		return conn, err
	}
	within, cancel := context.WithTimeout(ctx, peerTimeout)
	defer cancel()
	protected, err := tlsconn.Dial(within, conn, file.trust.DialPeer(file.Hosts[peer].Name))
	switch {
	case err == nil:
		return protected, nil
	case file.TLS.Mode == config.TLSAccept && speaksPlain(err):
		return dial()
	}
	return nil, n.refusedTLS(err, peer)
}

// speaksPlain tells whether a handshake may have failed because the other side speaks plain text.
// A host that does so answers with a frame and closes the connection, which may lose the frame.
func speaksPlain(err error) bool {
	var other tls.RecordHeaderError
	return errors.As(err, &other) || errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) ||
		errors.Is(err, syscall.ECONNRESET) || errors.Is(err, syscall.EPIPE)
}

// untrustedError says that two hosts do not trust each other, and why. lasting is the same at each dial.
type untrustedError struct{ text, lasting string }

func (e untrustedError) Error() string { return e.text }

// refusedTLS returns the error of a dialled connection: an untrustedError if TLS has failed.
func (id *identity) refusedTLS(err error, peer int) error {
	var failed *tlsconn.Failure
	if !errors.As(err, &failed) {
		return err
	}
	text := printable(id.explainOf(err, id.hostName(peer)).Error())
	var refusal *trust.Refusal
	if errors.As(failed, &refusal) {
		return untrustedError{text, refusal.Lasting}
	}
	return untrustedError{text, text}
}
