// Package trust has all that zog knows about certificates: it makes them, reads from one who
// somebody is, decides whether a connection is let in, and builds the TLS configurations of
// both ports.
//
// A ring has a certificate authority (CA) of its own. It signs a certificate for each host and
// for each client. Who somebody is stands in one URI of the certificate, its only name that
// counts:
//
//	zog://RING/ca                               the CA
//	zog://RING/host/NAME                        a host of the ring file
//	zog://RING/client/NAME?role=send,follow     a client, and what it may do
//
// DNS names and IP addresses in a host's certificate are for browsers and curl. zog never looks
// at them, nor at the address that a connection comes from: a host is who its certificate says
// it is, wherever it is.
//
// # Making
//
// [NewAuthority] makes a CA and [Authority.Issue] signs a certificate. Keys are ECDSA with
// P-256, because browsers and the TLS libraries behind curl take these everywhere; Ed25519 they
// do not. [EncodeKey] and [DecodeKey] are for PKCS #8 files, with a passphrase or without.
//
// # Verifying
//
// A [Trust] is what one process trusts, and who it is itself. It does not change: a reload
// makes a new one. [Live] is one for a client: it reads the files again when they have
// changed. [Trust.Verify] is pure. It gets the certificates of the other side, the time
// and what is wanted, and returns an [Identity], or a [Refusal] whose text names the cause.
//
//	t, err := trust.Load(trust.Settings{Ring: "house", CA: "ca.crt", Cert: "MV.crt", Key: "MV.key"})
//	id, err := t.Verify(state.PeerCertificates, time.Now(), trust.Want{Kind: trust.Host, Name: "PA"})
//
// # TLS
//
// [PeerServer] and [ClientServer] are the configurations of the two ports. Each handshake asks
// for the Trust in force, so that one after a reload uses the new certificates. [Trust.DialPeer]
// and [Trust.DialHost] return a new configuration for each dial. All of them speak TLS 1.3
// only, with ALPN, without session tickets: crypto/tls does not verify a chain again when a
// session is resumed. All of them verify chain and name in VerifyConnection.
//
// The certificates that are checked once are those of a handshake. Whoever keeps connections
// over a reload calls [Trust.Verify] again for each with its PeerCertificates, and closes those
// that are refused.
//
// In TLS 1.3 a client that is refused learns of it with its first read, as an alert. [Explain]
// has words for alerts and for the errors of crypto/tls.
package trust
