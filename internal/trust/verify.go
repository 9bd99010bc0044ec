package trust

import (
	"crypto/x509"
	"errors"
	"fmt"
	"slices"
	"time"
)

// Cause is why somebody is refused.
type Cause string

// The causes.
const (
	NoCertificate Cause = "no certificate"
	NotZog        Cause = "not a zog certificate"
	OtherCA       Cause = "other CA"
	Unfit         Cause = "not fit for this" // signed by a CA that is trusted, but not for this use
	NotYetValid   Cause = "not yet valid"
	Expired       Cause = "expired"
	OtherRing     Cause = "not of this ring"
	OtherKind     Cause = "client on the peer port, or the other way round"
	OtherName     Cause = "other host's name"
	LacksRole     Cause = "role missing"
	IsRevoked     Cause = "revoked"
)

// Refusal is the error of [Trust.Verify]. Its text is one line, without characters that came
// from the other side unchecked.
type Refusal struct {
	Cause   Cause
	Message string
	// Lasting is Message without what time it is. It is the same at each dial.
	Lasting string
}

func (r *Refusal) Error() string { return r.Message }

func refuse(cause Cause, format string, args ...any) *Refusal {
	message := fmt.Sprintf(format, args...)
	return &Refusal{cause, message, message}
}

// Want is who is expected. The zero value is a host or a client of the ring, with any name.
type Want struct {
	Kind  Kind   // empty is a host or a client
	Name  string // empty is any
	Roles Roles  // all of them
}

// Verify decides whether the other side of a connection is let in. certs are its certificates as
// it sent them, its own first.
//
// It returns who the other side is. The error is a [Refusal]. It looks at who has signed first, so
// that nobody can have a refusal say that somebody else's certificate expired.
func (t *Trust) Verify(certs []*x509.Certificate, now time.Time, want Want) (Identity, error) {
	id, refusal := t.verify(certs, now, want)
	if refusal != nil {
		return Identity{}, refusal
	}
	return id, nil
}

func (t *Trust) verify(certs []*x509.Certificate, now time.Time, want Want) (id Identity, refusal *Refusal) {
	if len(certs) == 0 {
		return id, refuse(NoCertificate, "it has no certificate")
	}
	id, err := Identify(certs[0])
	if err != nil {
		return id, refuse(NotZog, "%v", err)
	}
	chain, refusal := t.chainOf(certs, id, now)
	if refusal != nil {
		return id, refusal
	}
	for _, check := range []*Refusal{checkTime(id, chain, now), t.checkName(id, want), checkRoles(id, want.Roles)} {
		if check != nil {
			return id, check
		}
	}
	return id, nil
}

// chainOf returns the certificates from that of the other side to a CA that is trusted. It takes a
// time at which the first of them is valid, if that is not so now: checkTime tells more exactly
// what is wrong then.
func (t *Trust) chainOf(certs []*x509.Certificate, id Identity, now time.Time) ([]*x509.Certificate, *Refusal) {
	at := now
	if at.Before(id.NotBefore) {
		at = id.NotBefore
	}
	if at.After(id.NotAfter) {
		at = id.NotAfter
	}
	between := x509.NewCertPool()
	for _, c := range certs[1:] {
		between.AddCert(c)
	}
	chains, err := certs[0].Verify(x509.VerifyOptions{
		Roots: t.pool, Intermediates: between, CurrentTime: at, KeyUsages: []x509.ExtKeyUsage{usage(id.Kind)},
	})
	var unknown x509.UnknownAuthorityError
	var invalid x509.CertificateInvalidError
	switch {
	case err == nil:
		return chains[0], nil
	case errors.As(err, &unknown):
		return nil, refuse(OtherCA, "it says that it is %s of ring %s, but its certificate is signed by another CA", id.Who(), id.Ring)
	case errors.As(err, &invalid) && invalid.Reason == x509.Expired:
		// at is not now. x509 has checked the signature before the time of the CA.
		if own := checkTime(id, certs[:1], now); own != nil && t.trusts(invalid.Cert) {
			return nil, own
		}
		return nil, refuse(Expired, "the certificate of the CA of %s is not valid, from %s to %s",
			id.Who(), Date(invalid.Cert.NotBefore), Date(invalid.Cert.NotAfter))
	}
	return nil, refuse(Unfit, "the certificate of %s is not fit for this: %v", id.Who(), err)
}

// trusts reports whether a certificate is that of a CA that is trusted.
func (t *Trust) trusts(ca *x509.Certificate) bool { return slices.ContainsFunc(t.cas, ca.Equal) }

// usage is what a certificate must be good for. That of a host has both usages, and is always
// held to the rarer one.
func usage(k Kind) x509.ExtKeyUsage {
	if k == Host {
		return x509.ExtKeyUsageServerAuth
	}
	return x509.ExtKeyUsageClientAuth
}

// checkTime checks all certificates of a chain.
func checkTime(id Identity, chain []*x509.Certificate, now time.Time) *Refusal {
	for i, c := range chain {
		whose := "the certificate of " + id.Who()
		if i > 0 {
			whose = "the certificate of the CA of " + id.Who()
		}
		switch {
		case now.Before(c.NotBefore):
			lasting := fmt.Sprintf("%s is not valid before %s", whose, Date(c.NotBefore))
			return &Refusal{NotYetValid, fmt.Sprintf("%s, and here it is %s: is a clock wrong?", lasting, Date(now)), lasting}
		case now.After(c.NotAfter):
			lasting := fmt.Sprintf("%s expired on %s", whose, Date(c.NotAfter))
			return &Refusal{Expired, fmt.Sprintf("%s, and here it is %s", lasting, Date(now)), lasting}
		}
	}
	return nil
}

// checkName checks who somebody is.
func (t *Trust) checkName(id Identity, want Want) *Refusal {
	switch {
	case id.Kind == CA:
		return refuse(OtherKind, "the certificate is that of a CA, not of a host or a client")
	case id.Ring != t.ring:
		return refuse(OtherRing, "%s is of ring %s, not of this ring, %s", id.Who(), id.Ring, t.ring)
	case t.revoked.Has(id):
		return refuse(IsRevoked, "the certificate of %s with serial number %s is revoked", id.Who(), id.Serial)
	case want.Kind == Host && id.Kind == Client:
		return refuse(OtherKind, "%s is not a host of the ring", id.Who())
	case want.Kind == Client && id.Kind == Host:
		return refuse(OtherKind, "%s is not a client", id.Who())
	case want.Name != "" && id.Name != want.Name:
		return refuse(OtherName, "it is %s, not %s/%s", id.Who(), id.Kind, want.Name)
	}
	return nil
}

func checkRoles(id Identity, want Roles) *Refusal {
	if id.Roles.Has(want) {
		return nil
	}
	return refuse(LacksRole, "%s has the roles %s, and lacks %s", id.Who(), id.Roles, want&^id.Roles)
}

// Need returns a Refusal if somebody lacks one of these roles.
func (id Identity) Need(want Roles) error {
	if refusal := checkRoles(id, want); refusal != nil {
		return refusal
	}
	return nil
}
