package trust

import (
	"crypto/ecdsa"
	"crypto/x509"
	"errors"
	"net/netip"
	"net/url"
	"strings"
	"testing"
	"time"

	"xlattice.org/zog/internal/names"
)

// day is when the CAs of the tests are made.
var day = time.Date(2026, 11, 30, 12, 0, 0, 0, time.UTC)

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// issued is a certificate with its key.
type issued struct {
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
}

func (a *Authority) issue(r Request, now time.Time) issued {
	key := must(NewKey())
	if r.Life == 0 {
		r.Life = DefaultLife
	}
	return issued{must(a.Issue(key.Public(), r, now)), key}
}

func (a *Authority) host(name string) issued { return a.issue(Request{Kind: Host, Name: name}, day) }

func (a *Authority) client(name string, roles Roles) issued {
	return a.issue(Request{Kind: Client, Name: name, Roles: roles}, day)
}

// trusting returns the Trust of a host or client of ring house with these CAs.
func trusting(own issued, revoked Revoked, cas ...*Authority) *Trust {
	t := &Trust{ring: "house", revoked: revoked, pool: x509.NewCertPool()}
	for _, a := range cas {
		t.cas = append(t.cas, a.Cert)
		t.pool.AddCert(a.Cert)
	}
	if own.cert != nil {
		t.own([]*x509.Certificate{own.cert}, own.key)
		t.self = must(Identify(own.cert))
	}
	return t
}

// altered signs a host's certificate after a change that Issue would not make.
func (a *Authority) altered(change func(*x509.Certificate)) *x509.Certificate {
	key := must(NewKey())
	template := must(newTemplate(Identity{Ring: a.Ring, Kind: Host, Name: "MV"}, day, DefaultLife))
	template.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth, x509.ExtKeyUsageServerAuth}
	change(template)
	return must(sign(template, a.Cert, key.Public(), a.Key))
}

func uris(texts ...string) (all []*url.URL) {
	for _, text := range texts {
		all = append(all, must(url.Parse(text)))
	}
	return all
}

// Who is not let in, why, and what is said about it.
func TestRefusals(t *testing.T) {
	house, old, barn := must(NewAuthority("house", day, DefaultCALife)), must(NewAuthority("house", day, 90*24*time.Hour)), must(NewAuthority("barn", day, DefaultCALife))
	signer := house.host("MV")
	mv, laptop := signer.cert, house.client("laptop", Send).cert
	// sub is a CA that the CA of ring house has signed, although it must not.
	subKey := must(NewKey())
	subTemplate := must(newTemplate(Identity{Ring: "house", Kind: CA}, day, DefaultLife))
	subTemplate.IsCA, subTemplate.KeyUsage = true, x509.KeyUsageCertSign
	sub := &Authority{must(sign(subTemplate, house.Cert, subKey.Public(), house.Key)), subKey, "house"}

	// before is older than the certificate of its CA, which was made again with the same key.
	month := 30 * 24 * time.Hour
	before := house.issue(Request{Kind: Host, Name: "G", Life: month / 2}, day.Add(-month))
	stranger := must(NewAuthority("house", day, DefaultCALife))
	strange := stranger.issue(Request{Kind: Host, Name: "G", Life: month / 2}, day.Add(-month))

	for name, test := range map[string]struct {
		certs   []*x509.Certificate
		after   time.Duration // from day
		want    Want
		revoked Revoked
		cause   Cause
		says    string
	}{
		"no certificate":              {nil, 0, Want{}, nil, NoCertificate, "it has no certificate"},
		"no zog name":                 {[]*x509.Certificate{house.altered(func(c *x509.Certificate) { c.URIs = uris("spiffe://house/host/MV") })}, 0, Want{}, nil, NotZog, "no name of the form zog://RING/host/NAME"},
		"two names":                   {[]*x509.Certificate{house.altered(func(c *x509.Certificate) { c.URIs = uris("zog://house/host/MV", "zog://house/host/PA") })}, 0, Want{}, nil, NotZog, "2 zog names"},
		"a bad name":                  {[]*x509.Certificate{house.altered(func(c *x509.Certificate) { c.URIs = uris("zog://house/host/M%0AV") })}, 0, Want{}, nil, NotZog, `"zog://house/host/M%0AV" is not a name`},
		"a CA's name":                 {[]*x509.Certificate{house.altered(func(c *x509.Certificate) { c.URIs = uris("zog://house/ca") })}, 0, Want{}, nil, NotZog, "names ca, and its constraints say otherwise"},
		"the CA itself":               {[]*x509.Certificate{house.Cert}, 0, Want{}, nil, OtherKind, "that of a CA"},
		"other CA":                    {[]*x509.Certificate{barn.host("MV").cert}, 0, Want{}, nil, OtherCA, "it says that it is host/MV of ring barn, but its certificate is signed by another CA"},
		"other CA, expired":           {[]*x509.Certificate{barn.host("MV").cert}, 2 * DefaultLife, Want{}, nil, OtherCA, "signed by another CA"},
		"other CA, its own":           {[]*x509.Certificate{barn.host("MV").cert, barn.Cert}, 0, Want{}, nil, OtherCA, "signed by another CA"},
		"signed by a host":            {[]*x509.Certificate{(&Authority{mv, signer.key, "house"}).host("PA").cert, mv}, 0, Want{}, nil, OtherCA, "signed by another CA"},
		"a CA below":                  {[]*x509.Certificate{sub.host("MV").cert, sub.Cert}, 0, Want{}, nil, Unfit, "too many intermediates"},
		"for clients only":            {[]*x509.Certificate{house.altered(func(c *x509.Certificate) { c.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth} })}, 0, Want{}, nil, Unfit, "host/MV is not fit for this: x509: certificate specifies an incompatible key usage"},
		"not yet valid":               {[]*x509.Certificate{mv}, -2 * time.Hour, Want{}, nil, NotYetValid, "host/MV is not valid before 2026-11-30 11:00 UTC, and here it is 2026-11-30 10:00 UTC: is a clock wrong?"},
		"expired":                     {[]*x509.Certificate{mv}, DefaultLife + time.Second, Want{}, nil, Expired, "the certificate of host/MV expired on 2027-11-30 12:00 UTC, and here it is 2027-11-30 12:00 UTC"},
		"CA expired":                  {[]*x509.Certificate{old.altered(func(*x509.Certificate) {})}, 100 * 24 * time.Hour, Want{}, nil, Expired, "the certificate of the CA of host/MV is not valid, from 2026-11-30 11:00 UTC to 2027-02-28 12:00 UTC"},
		"CA renewed later":            {[]*x509.Certificate{before.cert}, 100 * 24 * time.Hour, Want{}, nil, Expired, "the certificate of host/G expired on 2026-11-15 12:00 UTC, and here it is 2027-03-10 12:00 UTC"},
		"nor is its CA":               {[]*x509.Certificate{before.cert}, -10 * 24 * time.Hour, Want{}, nil, Expired, "the certificate of host/G expired on 2026-11-15 12:00 UTC"},
		"expired, by a CA of its own": {[]*x509.Certificate{strange.cert, stranger.Cert}, 100 * 24 * time.Hour, Want{}, nil, Expired, "the certificate of the CA of host/G is not valid"},
		"other ring":                  {[]*x509.Certificate{house.altered(func(c *x509.Certificate) { c.URIs = uris("zog://barn/host/MV") })}, 0, Want{}, nil, OtherRing, "host/MV is of ring barn, not of this ring, house"},
		"ring by case":                {[]*x509.Certificate{house.altered(func(c *x509.Certificate) { c.URIs = uris("zog://House/host/MV") })}, 0, Want{}, nil, OtherRing, "of ring House"},
		"client for a host":           {[]*x509.Certificate{laptop}, 0, Want{Kind: Host}, nil, OtherKind, "client/laptop is not a host of the ring"},
		"host for a client":           {[]*x509.Certificate{mv}, 0, Want{Kind: Client}, nil, OtherKind, "host/MV is not a client"},
		"other host":                  {[]*x509.Certificate{mv}, 0, Want{Kind: Host, Name: "PA"}, nil, OtherName, "it is host/MV, not host/PA"},
		"other case":                  {[]*x509.Certificate{mv}, 0, Want{Kind: Host, Name: "mv"}, nil, OtherName, "it is host/MV, not host/mv"},
		"role":                        {[]*x509.Certificate{laptop}, 0, Want{Roles: Send | Follow | Admin}, nil, LacksRole, "client/laptop has the roles send, and lacks follow,admin"},
		"a host's role":               {[]*x509.Certificate{mv}, 0, Want{Roles: Admin}, nil, LacksRole, "host/MV has the roles send,follow, and lacks admin"},
		"revoked name":                {[]*x509.Certificate{laptop}, 0, Want{}, Revoked{"host/MV", "client/laptop"}, IsRevoked, "the certificate of client/laptop with serial number " + names.Serial(laptop.SerialNumber) + " is revoked"},
		"revoked serial":              {[]*x509.Certificate{mv}, 0, Want{}, Revoked{names.Serial(mv.SerialNumber)}, IsRevoked, "host/MV"},
	} {
		t.Run(name, func(t *testing.T) {
			id, err := trusting(issued{}, test.revoked, house, old).Verify(test.certs, day.Add(test.after), test.want)
			var refusal *Refusal
			if !errors.As(err, &refusal) || refusal.Cause != test.cause || id != (Identity{}) {
				t.Fatalf("%+v, %v, want %s", id, err, test.cause)
			}
			if text := err.Error(); !strings.Contains(text, test.says) || strings.Contains(text, "\n") {
				t.Errorf("it says %q", text)
			}
		})
	}
}

// Who is let in.
func TestAccepted(t *testing.T) {
	house, next := must(NewAuthority("house", day, DefaultCALife)), must(NewAuthority("house", day, DefaultCALife))
	for name, test := range map[string]struct {
		own   issued
		after time.Duration
		want  Want
		roles Roles
	}{
		"a host":                  {house.host("MV"), 0, Want{Kind: Host, Name: "MV"}, HostRoles},
		"any host":                {house.host("MV"), 0, Want{Kind: Host}, HostRoles},
		"a host as a client":      {house.host("MV"), 0, Want{Roles: Send | Follow}, HostRoles},
		"a client":                {house.client("laptop", Send), 0, Want{Kind: Client, Name: "laptop", Roles: Send}, Send},
		"of another CA in force":  {next.client("laptop", Admin), 0, Want{}, Admin},
		"with a late clock":       {house.host("MV"), -Skew, Want{}, HostRoles},
		"in the last second":      {house.host("MV"), DefaultLife, Want{}, HostRoles},
		"beside one with revoked": {house.client("laptop2", Send), 0, Want{}, Send},
	} {
		t.Run(name, func(t *testing.T) {
			tr := trusting(issued{}, Revoked{"client/laptop1", "4000000000000001"}, house, next)
			id, err := tr.Verify([]*x509.Certificate{test.own.cert}, day.Add(test.after), test.want)
			if err != nil || id.Roles != test.roles || id.Ring != "house" || id.Serial != names.Serial(test.own.cert.SerialNumber) {
				t.Errorf("%+v, %v", id, err)
			}
		})
	}
}

func TestNeed(t *testing.T) {
	id := Identity{Kind: Client, Name: "a", Roles: Send}
	if err := id.Need(Send); err != nil {
		t.Error(err)
	}
	if err := id.Need(Follow); err == nil || err.Error() != "client/a has the roles send, and lacks follow" {
		t.Error(err)
	}
	if err := (Identity{Kind: Client, Name: "a"}).Need(Follow); err == nil || err.Error() != "client/a has the roles none, and lacks follow" {
		t.Error(err)
	}
}

// What Issue refuses, so that no certificate is made that nobody would take.
func TestWhatIsNotIssued(t *testing.T) {
	house, key := must(NewAuthority("house", day, DefaultCALife)), must(NewKey())
	for name, r := range map[string]Request{
		"a CA":                     {Kind: CA, Life: time.Hour},
		"no kind":                  {Name: "a", Life: time.Hour},
		"no name":                  {Kind: Host, Life: time.Hour},
		"a bad name":               {Kind: Host, Name: "a/b", Life: time.Hour},
		"a path":                   {Kind: Client, Name: "../a", Roles: Send, Life: time.Hour},
		"a client without roles":   {Kind: Client, Name: "a", Life: time.Hour},
		"no time":                  {Kind: Host, Name: "a"},
		"a client with addresses":  {Kind: Client, Name: "a", Roles: Send, Life: time.Hour, IPs: []netip.Addr{netip.MustParseAddr("127.0.0.1")}},
		"a client with a DNS name": {Kind: Client, Name: "a", Roles: Send, Life: time.Hour, DNS: []string{"a.example"}},
	} {
		if cert, err := house.Issue(key.Public(), r, day); err == nil {
			t.Errorf("%s: %v", name, cert.URIs)
		}
	}
	if _, err := house.Issue(key.Public(), Request{Kind: Host, Name: "MV", Life: time.Hour}, day.Add(DefaultCALife)); err == nil || !strings.Contains(err.Error(), "the CA's certificate expired") {
		t.Errorf("after the end of the CA: %v", err)
	}
	if _, err := NewAuthority("ho use", day, time.Hour); err == nil {
		t.Error("a CA of a ring without a good name")
	}
}

// What certificates hold besides the name.
func TestWhatIsIssued(t *testing.T) {
	house := must(NewAuthority("house", day, 10*24*time.Hour))
	if c := house.Cert; !c.IsCA || c.MaxPathLen != 0 || !c.MaxPathLenZero || !c.NotBefore.Equal(day.Add(-Skew)) || !c.NotAfter.Equal(day.Add(10*24*time.Hour)) {
		t.Errorf("the CA: %+v", c)
	}
	host := house.issue(Request{Kind: Host, Name: "MV", DNS: []string{"mv.example"}, IPs: []netip.Addr{netip.MustParseAddr("127.0.55.1")}, Life: DefaultLife}, day).cert
	if host.VerifyHostname("mv.example") != nil || host.VerifyHostname("127.0.55.1") != nil || host.IsCA || !host.NotAfter.Equal(house.Cert.NotAfter) {
		t.Errorf("a host: %v %v, until %v", host.DNSNames, host.IPAddresses, host.NotAfter)
	}
	client := house.client("laptop", Send).cert
	if len(client.ExtKeyUsage) != 1 || client.ExtKeyUsage[0] != x509.ExtKeyUsageClientAuth {
		t.Errorf("a client is good for %v", client.ExtKeyUsage)
	}
	if len(names.Serial(client.SerialNumber)) != 16 || client.SerialNumber.Cmp(host.SerialNumber) == 0 {
		t.Errorf("serial numbers %x and %x", client.SerialNumber, host.SerialNumber)
	}
}
