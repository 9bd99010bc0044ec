package trust

import (
	"crypto/x509"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// folder is where a client's files are.
type folder string

// put replaces files, as mv does; a file with no data is removed.
func (dir folder) put(t *testing.T, files map[string][]byte) {
	t.Helper()
	for name, data := range files {
		at := filepath.Join(string(dir), name)
		if data == nil {
			_ = os.Remove(at)
			continue
		}
		if err := errors.Join(os.WriteFile(at+".new", data, 0o600), os.Rename(at+".new", at)); err != nil {
			t.Fatal(err)
		}
	}
}

func (i issued) files(cas ...*Authority) map[string][]byte {
	var certs []*x509.Certificate
	for _, a := range cas {
		certs = append(certs, a.Cert)
	}
	return map[string][]byte{
		"ca.crt": EncodeCerts(certs...), "client.crt": EncodeCerts(i.cert), "client.key": must(EncodeKey(i.key, nil)),
	}
}

// What a Live uses while its files change, and what it says.
func TestLive(t *testing.T) {
	house, next, barn := must(NewAuthority("house", day, DefaultCALife)), must(NewAuthority("house", day, DefaultCALife)), must(NewAuthority("barn", day, DefaultCALife))
	first, second := house.client("laptop", Send), next.client("laptop", Send|Follow)
	dir := folder(t.TempDir())
	dir.put(t, map[string][]byte{"ca.crt": EncodeCerts(house.Cert)})
	var said []string
	l, err := NewLive(func() Settings { return FolderSettings(string(dir)) }, func(got *Trust, err error) {
		if err != nil {
			said = append(said, err.Error())
			return
		}
		said = append(said, "read again: "+got.self.Roles.String())
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, step := range []struct {
		name   string
		change map[string][]byte
		roles  Roles
		cas    int
		says   string // of the last one; empty is nothing
	}{
		{"a CA only", nil, 0, 1, ""},
		{"a certificate comes", first.files(house), Send, 1, "read again: send"},
		{"nothing changes", nil, Send, 1, ""},
		{"another CA comes", map[string][]byte{"ca.crt": EncodeCerts(house.Cert, next.Cert)}, Send, 2, "read again: send"},
		{"the certificate before its key", map[string][]byte{"client.crt": EncodeCerts(second.cert)}, Send, 2, "it is not the key of the certificate"},
		{"still without", nil, Send, 2, ""},
		{"the key", map[string][]byte{"client.key": second.files()["client.key"]}, Send | Follow, 2, "read again: send,follow"},
		{"half a file", map[string][]byte{"ca.crt": []byte("-----BEGIN")}, Send | Follow, 2, "ca.crt: there is no certificate in it"},
		{"one of another ring", barn.client("laptop", Admin).files(barn), Send | Follow, 2, "client/laptop is of ring barn, not of ring house"},
		{"no key", map[string][]byte{"client.key": nil}, Send | Follow, 2, "client.key: no such file or directory"},
		{"all again", second.files(next), Send | Follow, 1, "read again: send,follow"},
	} {
		said = nil
		dir.put(t, step.change)
		got := l.Current()
		if got.self.Roles != step.roles || len(got.cas) != step.cas {
			t.Errorf("%s: roles %s, and %d CAs", step.name, got.self.Roles, len(got.cas))
		}
		if text := strings.Join(said, "\n"); (text == "") != (step.says == "") || !strings.Contains(text, step.says) {
			t.Errorf("%s: it says %q, want %q", step.name, text, step.says)
		}
	}
	if first := l.Current(); l.Current() != first {
		t.Error("files that have not changed are read again")
	}
}

// A configuration that is made once takes part in a change from one CA to another.
func TestLiveDials(t *testing.T) {
	house, next := must(NewAuthority("house", day, DefaultCALife)), must(NewAuthority("house", day, DefaultCALife))
	first, second := house.client("laptop", Send), next.client("laptop", Send)
	dir := folder(t.TempDir())
	dir.put(t, first.files(house))
	l, err := NewLive(func() Settings { return FolderSettings(string(dir)) }, nil)
	if err != nil {
		t.Fatal(err)
	}
	config := l.DialHost("MV")
	before, both, after := trusting(house.host("MV"), nil, house), trusting(next.host("MV"), nil, house, next), trusting(next.host("MV"), nil, next)
	inYears(t, func(t *testing.T) {
		for _, step := range []struct {
			name  string
			files map[string][]byte
			host  *Trust
			good  bool
		}{
			{"before", nil, before, true},
			{"the host is of the next CA, which is unknown here", nil, both, false},
			{"both CAs", map[string][]byte{"ca.crt": EncodeCerts(house.Cert, next.Cert)}, both, true},
			{"the host knows the old one no more", nil, after, false},
			{"the next CA alone", second.files(next), after, true},
			{"no certificate", map[string][]byte{"client.crt": nil, "client.key": nil}, after, false},
			{"a certificate", second.files(next), after, true},
		} {
			dir.put(t, step.files)
			c, s := shake(config, ClientServer(always(step.host)))
			if good := c.err == nil && s.err == nil; good != step.good {
				t.Errorf("%s: %v, %v", step.name, c.err, s.err)
			}
		}
	})
}
