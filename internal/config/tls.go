package config

import (
	"path"
	"slices"
	"strconv"
	"strings"

	"xlattice.org/zog/internal/names"
)

// TLS is how connections are protected. It may differ between the hosts of a ring, as long as one
// of two hosts takes what the other one dials with. The paths are those of the ring file; Files
// has them for one host.
type TLS struct {
	Mode   TLSMode
	CA     string    // file with the certificates of one CA or several
	Cert   string    // file with the certificate of this host
	Key    string    // file with its key
	Client TLSClient // whether clients need certificates
}

// TLSMode says which connections are taken and dialled.
type TLSMode string

// The modes.
const (
	TLSOff     TLSMode = "off"     // plain text
	TLSAccept  TLSMode = "accept"  // both are taken, while a ring moves from one to the other
	TLSRequire TLSMode = "require" // TLS only
)

// TLSClient says whether clients need certificates. It means nothing with TLSOff.
type TLSClient string

// What clients need.
const (
	TLSClientOff     TLSClient = "off"     // a client without a certificate may send and follow
	TLSClientRequire TLSClient = "require" // what a client may do is in its certificate
)

func defaultTLS() TLS {
	return TLS{TLSOff, "tls/ca.crt", "tls/hosts/{name}.crt", "tls/hosts/{name}.key", TLSClientRequire}
}

// TLSFiles returns the paths of the CA's certificates, and of certificate and key of the host with a
// name. dir is the directory of the ring file: relative paths begin there, so that ring file and
// certificates can be copied together, unlike the path of the log.
func (r *Ring) TLSFiles(dir, name string) (ca, cert, key string) {
	at := func(file string) string {
		if file = strings.ReplaceAll(file, nameMark, name); path.IsAbs(file) {
			return file
		}
		return path.Join(dir, file)
	}
	return at(r.TLS.CA), at(r.TLS.Cert), at(r.TLS.Key)
}

// shape returns the keys of the section tls.
func (t *TLS) shape() section {
	return section{
		"mode":   word(&t.Mode),
		"ca":     word(&t.CA),
		"cert":   word(&t.Cert),
		"key":    word(&t.Key),
		"client": word(&t.Client),
	}
}

func (t TLS) check() *Error {
	switch t.Mode {
	case TLSOff, TLSAccept, TLSRequire:
	default:
		return faultf("tls.mode", "%q is none of off, accept, require", t.Mode)
	}
	if t.Client != TLSClientOff && t.Client != TLSClientRequire {
		return faultf("tls.client", "%q is neither off nor require", t.Client)
	}
	for _, file := range []struct{ key, path string }{{"tls.ca", t.CA}, {"tls.cert", t.Cert}, {"tls.key", t.Key}} {
		if fault := checkPath(file.key, file.path); fault != nil {
			return fault
		}
	}
	return nil
}

// checkPath checks a path that may have {name} in it.
func checkPath(key, p string) *Error {
	switch {
	case p == "":
		return faultf(key, "is empty")
	case !isPrintable(p):
		return faultf(key, "%q has characters that cannot be printed", p)
	case strings.ContainsAny(strings.ReplaceAll(p, nameMark, ""), "{}"):
		return faultf(key, "%q has braces: only %s is replaced, by the name of the host", p, nameMark)
	}
	return nil
}

// maxRevoked keeps the ring file short of MaxFile.
const maxRevoked = 500

// nextRevoked adds an entry to the list of revoked certificates and returns its shape. It stores the
// normal form.
func (r *Ring) nextRevoked() shape {
	return scalar(func(text string) error {
		entry, err := names.ParseRevoked(text)
		if err != nil {
			return err
		}
		r.Revoked = append(r.Revoked, entry)
		return nil
	})
}

func (r *Ring) checkRevoked() *Error {
	if n := len(r.Revoked); n > maxRevoked {
		return faultf("revoked", "%d entries: at most %d", n, maxRevoked)
	}
	for i, entry := range r.Revoked {
		key := "revoked[" + strconv.Itoa(i) + "]"
		if normal, err := names.ParseRevoked(entry); err != nil || normal != entry {
			return faultf(key, "%q is not host/NAME, client/NAME or a serial number in lower case", entry)
		}
		if first := slices.Index(r.Revoked, entry); first < i {
			return faultf(key, "%s is revoked[%d] too", entry, first)
		}
	}
	return nil
}

// revokedLines returns the list as YAML.
func (r *Ring) revokedLines() string {
	if len(r.Revoked) == 0 {
		return "revoked: []\n"
	}
	var b strings.Builder
	b.WriteString("revoked:\n")
	for _, entry := range r.Revoked {
		b.WriteString("  - " + strconv.Quote(entry) + "\n")
	}
	return b.String()
}
