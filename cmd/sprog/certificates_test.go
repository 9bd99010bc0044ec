package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"xlattice.org/zog/client"
	"xlattice.org/zog/internal/cli"
	"xlattice.org/zog/internal/config"
	"xlattice.org/zog/internal/trust"
)

// clientFiles writes the files of client/laptop into a directory.
func clientFiles(t *testing.T, dir string, life time.Duration) {
	t.Helper()
	ca, err := trust.NewAuthority("zog", time.Now(), trust.DefaultCALife)
	if err != nil {
		t.Fatal(err)
	}
	key, err := trust.NewKey()
	if err != nil {
		t.Fatal(err)
	}
	cert, err := ca.Issue(key.Public(), trust.Request{Kind: trust.Client, Name: "laptop", Roles: trust.Send, Life: life}, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	pem, err := trust.EncodeKey(key, nil)
	if err != nil {
		t.Fatal(err)
	}
	for name, data := range map[string][]byte{"ca.crt": trust.EncodeCerts(ca.Cert), "client.crt": trust.EncodeCerts(cert), "client.key": pem} {
		at := filepath.Join(dir, name)
		if err := errors.Join(os.WriteFile(at+".new", data, 0o600), os.Rename(at+".new", at)); err != nil {
			t.Fatal(err)
		}
	}
}

// A certificate that ends soon is warned of at the start, and when the files have changed.
func TestWarningsOfCertificates(t *testing.T) {
	dir := t.TempDir()
	t.Setenv(cli.EnvTLSDir, dir)
	clientFiles(t, dir, 20*24*time.Hour)
	s := &settings{}
	var err error
	if s.own, err = new(cli.TLS).Load("", config.Loopback(2), s.certificatesChanged); err != nil {
		t.Fatal(err)
	}
	var said []string
	s.warnWith(func(format string, args ...any) { said = append(said, fmt.Sprintf(format, args...)) })
	want := []string{"the certificate of client/laptop expires on " + trust.Date(time.Now().Add(20*24*time.Hour)) + ": zog tls renew makes a new one"}
	compare := func(what string) {
		t.Helper()
		s.own.Current()
		if len(said) != len(want) || len(said) > 0 && said[0] != want[0] {
			t.Errorf("%s: %q, want %q", what, said, want)
		}
		said, want = nil, nil
	}
	compare("20 days")
	clientFiles(t, dir, 300*24*time.Hour)
	compare("300 days")
	if err := os.Remove(filepath.Join(dir, "client.key")); err != nil {
		t.Fatal(err)
	}
	want = []string{"the certificates are not read again, the old ones stay in force: " + filepath.Join(dir, "client.key") + ": no such file or directory"}
	compare("no key")
}

// What -j says about certificates, and what an error says where one is missing.
func TestCertificatesAreShown(t *testing.T) {
	dir := t.TempDir()
	t.Setenv(cli.EnvTLSDir, dir)
	t.Setenv("HOME", dir)
	clientFiles(t, dir, 24*time.Hour)
	s := ringSettings()
	load := func() {
		t.Helper()
		var err error
		if s.own, err = new(cli.TLS).Load("", config.Loopback(2), nil); err != nil {
			t.Fatal(err)
		}
	}
	load()
	until := time.Now().Add(24 * time.Hour)
	if got, want := s.tlsText(), dir+": client/laptop, roles send, until "+trust.Date(until); got != want {
		t.Errorf("%q, want %q", got, want)
	}
	if got := s.ownShown(); got.Where != dir || got.Who != "client/laptop" || got.Roles != "send" || got.Until == "" {
		t.Errorf("%+v", got)
	}
	for _, name := range []string{"client.crt", "client.key"} {
		if err := os.Remove(filepath.Join(dir, name)); err != nil {
			t.Fatal(err)
		}
	}
	load()
	if got, want := s.tlsText(), dir+": a CA, and no certificate of this client"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
	wanted := fmt.Errorf("%w: 127.0.55.1:1: the other side wants a certificate, and this one has none", client.ErrNoHost)
	if got, want := s.describe(wanted), "no host could be reached: MV: the other side wants a certificate, and this one has none; "+dir+" has ca.crt, and neither client.crt nor client.key"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
	t.Setenv(cli.EnvTLSDir, "")
	load()
	if got := s.tlsText(); got != "none: plain text" || s.ownShown() != nil {
		t.Errorf("%q", got)
	}
	refused := fmt.Errorf("%w: 127.0.55.1:1: the host takes only TLS", client.ErrNoHost)
	if got := s.describe(refused); got != "no host could be reached: MV: the host takes only TLS; give --tls DIR, with ca.crt, client.crt and client.key" {
		t.Errorf("%q", got)
	}
}

func TestEnding(t *testing.T) {
	if text := ending(&trust.Trust{}, time.Now()); text != "" {
		t.Errorf("without a certificate: %q", text)
	}
}
