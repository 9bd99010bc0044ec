package trust

import (
	"crypto/x509"
	"errors"
	"fmt"
	"math/big"
	"slices"
	"strings"
	"time"
)

// Kind is what somebody with a certificate is.
type Kind string

// The kinds.
const (
	CA     Kind = "ca"
	Host   Kind = "host"
	Client Kind = "client"
)

// Roles is a set of what somebody may do. The zero value is nothing.
type Roles uint8

// The roles.
const (
	Send   Roles = 1 << iota // hand in messages
	Follow                   // read: follow the log, survey it
	Admin                    // change the ring and its hosts
)

// HostRoles are the roles of a host on a client port. As a peer it can give and read all
// messages in any case. It does not administer other hosts.
const HostRoles = Send | Follow

// roleNames are the names of the roles, in the order in which they are written.
var roleNames = []struct {
	role Roles
	name string
}{{Send, "send"}, {Follow, "follow"}, {Admin, "admin"}}

// Has reports whether r has all roles of want.
func (r Roles) Has(want Roles) bool { return r&want == want }

// String returns the names with commas, as in "send,follow"; "none" without a role.
func (r Roles) String() string {
	var names []string
	for _, known := range roleNames {
		if r.Has(known.role) {
			names = append(names, known.name)
		}
	}
	if len(names) == 0 {
		return "none"
	}
	return strings.Join(names, ",")
}

// ParseRoles parses names with commas. It is for what users type: an unknown name is an error.
func ParseRoles(text string) (Roles, error) {
	var r Roles
	for name := range strings.SplitSeq(text, ",") {
		role := roleNamed(name)
		if role == 0 {
			return 0, fmt.Errorf("%q is no role: there are send, follow and admin", name)
		}
		r |= role
	}
	return r, nil
}

func roleNamed(name string) Roles {
	for _, known := range roleNames {
		if known.name == name {
			return known.role
		}
	}
	return 0
}

// Identity is who a certificate is for.
type Identity struct {
	Ring  string
	Kind  Kind
	Name  string // empty for a CA
	Roles Roles  // what it may do on a client port

	Serial    string    // lower-case hexadecimal, at least 16 digits
	NotBefore time.Time // valid from here
	NotAfter  time.Time // to here, both included
}

// Who returns the kind and the name, such as "host/MV" or "client/laptop", or "ca". It is how
// the list revoked of a ring file names somebody.
func (id Identity) Who() string {
	if id.Kind == CA {
		return string(CA)
	}
	return string(id.Kind) + "/" + id.Name
}

// URI returns the name that the certificate has.
func (id Identity) URI() string {
	uri := "zog://" + id.Ring + "/" + id.Who()
	if id.Kind == Client {
		uri += "?role=" + id.Roles.String()
	}
	return uri
}

// Limits of names, in bytes.
const (
	maxRing   = 32
	maxHost   = 16
	maxClient = 32
	maxRole   = 16
)

// ErrNoName means that a certificate has no zog URI. It may be good for something else.
var ErrNoName = errors.New("the certificate has no name of the form zog://RING/host/NAME or zog://RING/client/NAME?role=...")

// ParseURI parses the name of a certificate. It sets Ring, Kind, Name and Roles.
//
// It is strict: only what [Identity.URI] can write is a name, except that a client may have
// roles that are unknown here. These grant nothing, so that a new role can be given out before
// the last host knows it.
func ParseURI(uri string) (Identity, error) {
	id, ok := parseURI(uri)
	if !ok {
		return Identity{}, fmt.Errorf("%q is not a name of the form zog://RING/host/NAME or zog://RING/client/NAME?role=send,follow,admin", shorten(uri))
	}
	return id, nil
}

func parseURI(uri string) (id Identity, ok bool) {
	rest, ok := strings.CutPrefix(uri, "zog://")
	if !ok {
		return id, false
	}
	ring, rest, ok := strings.Cut(rest, "/")
	if !ok || !isName(ring, maxRing, "") {
		return id, false
	}
	id.Ring = ring
	if rest == string(CA) {
		id.Kind = CA
		return id, true
	}
	kind, name, ok := strings.Cut(rest, "/")
	if !ok {
		return id, false
	}
	switch id.Kind = Kind(kind); id.Kind {
	case Host:
		id.Name, id.Roles = name, HostRoles
		return id, isName(name, maxHost, "")
	case Client:
		var roles string
		if id.Name, roles, ok = strings.Cut(name, "?role="); !ok || !IsClientName(id.Name) {
			return id, false
		}
		id.Roles, ok = readRoles(roles)
		return id, ok
	}
	return id, false
}

// readRoles parses the roles of a certificate, each at most once. It ignores roles that it does
// not know.
func readRoles(text string) (r Roles, ok bool) {
	seen := map[string]bool{}
	for name := range strings.SplitSeq(text, ",") {
		outside := func(c rune) bool { return c < 'a' || c > 'z' }
		if name == "" || len(name) > maxRole || strings.ContainsFunc(name, outside) || seen[name] {
			return 0, false
		}
		seen[name] = true
		r |= roleNamed(name)
	}
	return r, true
}

// IsClientName reports whether a client can have this name: 1 to 32 ASCII letters, digits, '-',
// '_' and '.', beginning with a letter or a digit, as it is the name of a file too.
func IsClientName(name string) bool {
	return isName(name, maxClient, "_.") && !strings.ContainsRune("-_.", rune(name[0]))
}

// isName reports whether s is 1 to most ASCII letters, digits, '-' and characters of more.
func isName(s string, most int, more string) bool {
	outside := func(c rune) bool {
		return (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && (c < '0' || c > '9') && c != '-' && !strings.ContainsRune(more, c)
	}
	return s != "" && len(s) <= most && !strings.ContainsFunc(s, outside)
}

// shorten bounds a text that came from elsewhere, for an error.
func shorten(s string) string {
	const most = 120
	if len(s) > most {
		return s[:most] + "..."
	}
	return s
}

// Identify reads who a certificate is for. It does not check that anybody trusted has signed
// it, nor the time. The error is ErrNoName if it is a certificate of something else.
func Identify(cert *x509.Certificate) (Identity, error) {
	var names []string
	for _, uri := range cert.URIs {
		if uri.Scheme == "zog" {
			names = append(names, uri.String())
		}
	}
	switch len(names) {
	case 0:
		return Identity{}, ErrNoName
	case 1:
	default:
		return Identity{}, fmt.Errorf("the certificate has %d zog names, and may have one", len(names))
	}
	id, err := ParseURI(names[0])
	if err != nil {
		return Identity{}, err
	}
	if (id.Kind == CA) != cert.IsCA {
		return Identity{}, fmt.Errorf("the certificate names %s, and its constraints say otherwise", id.Who())
	}
	id.Serial = formatSerial(cert.SerialNumber)
	id.NotBefore, id.NotAfter = cert.NotBefore, cert.NotAfter
	return id, nil
}

func formatSerial(n *big.Int) string { return fmt.Sprintf("%016x", n) }

// Revoked is who is not let in any more, though the certificate is good: names as [Identity.Who]
// returns them, and serial numbers.
type Revoked []string

// ParseRevoked returns an entry of a list of revoked certificates in normal form: host/NAME,
// client/NAME, or a serial number of 16 to 40 hexadecimal digits, perhaps with colons. A name
// without its kind is an error, as it might be taken for a serial number, or for the other kind.
func ParseRevoked(text string) (string, error) {
	if kind, name, ok := strings.Cut(text, "/"); ok {
		if Kind(kind) == Host && isName(name, maxHost, "") || Kind(kind) == Client && IsClientName(name) {
			return text, nil
		}
	}
	digits := strings.ToLower(strings.ReplaceAll(text, ":", ""))
	outside := func(c rune) bool { return (c < 'a' || c > 'f') && (c < '0' || c > '9') }
	if len(digits) < 16 || len(digits) > 40 || strings.ContainsFunc(digits, outside) {
		return "", errors.New("host/NAME, client/NAME or a serial number of 16 or more hexadecimal digits")
	}
	n, _ := new(big.Int).SetString(digits, 16)
	return formatSerial(n), nil
}

// Has reports whether a certificate is revoked.
func (r Revoked) Has(id Identity) bool {
	return slices.Contains(r, id.Who()) || slices.Contains(r, id.Serial)
}
