package trust

import (
	"crypto/x509"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"xlattice.org/zog/internal/names"
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
	var held []string
	for _, known := range roleNames {
		if r.Has(known.role) {
			held = append(held, known.name)
		}
	}
	if len(held) == 0 {
		return "none"
	}
	return strings.Join(held, ",")
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

// Holder returns a name for all certificates of somebody that have the same roles, such as
// "client/laptop?role=send": what one of them uses is limited together with what the others do.
func (id Identity) Holder() string { return id.Who() + "?role=" + id.Roles.String() }

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

// maxRole is the size limit of the name of a role, in bytes.
const maxRole = 16

// ErrNoName means that a certificate has no zog URI. It may be good for something else.
var ErrNoName = errors.New("the certificate has no name of the form zog://RING/host/NAME or zog://RING/client/NAME?role=ROLES")

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
	if !ok || !names.IsRing(ring) {
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
		return id, names.IsHost(name)
	case Client:
		var roles string
		if id.Name, roles, ok = strings.Cut(name, "?role="); !ok || !names.IsClient(id.Name) {
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
	var found []string
	for _, uri := range cert.URIs {
		if uri.Scheme == "zog" {
			found = append(found, uri.String())
		}
	}
	switch len(found) {
	case 0:
		return Identity{}, ErrNoName
	case 1:
	default:
		return Identity{}, fmt.Errorf("the certificate has %d zog names, and may have one", len(found))
	}
	id, err := ParseURI(found[0])
	if err != nil {
		return Identity{}, err
	}
	if (id.Kind == CA) != cert.IsCA {
		return Identity{}, fmt.Errorf("the certificate names %s, and its constraints say otherwise", id.Who())
	}
	id.Serial = names.Serial(cert.SerialNumber)
	id.NotBefore, id.NotAfter = cert.NotBefore, cert.NotAfter
	return id, nil
}

// Revoked is who is not let in any more, though the certificate is good: names as [Identity.Who]
// returns them, and serial numbers, both as [names.ParseRevoked] returns them.
type Revoked []string

// Has reports whether a certificate is revoked.
func (r Revoked) Has(id Identity) bool {
	return slices.Contains(r, id.Who()) || slices.Contains(r, id.Serial)
}
