package trust

import (
	"crypto/x509"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// put writes a file into a directory, and returns its path.
func put(t *testing.T, dir, name string, data []byte) string {
	t.Helper()
	path := filepath.Join(dir, name)
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestLoad(t *testing.T) {
	dir := t.TempDir()
	house, next := must(NewAuthority("house", day, DefaultCALife)), must(NewAuthority("house", day, DefaultCALife))
	mv := next.host("MV")
	ca := put(t, dir, "ca.crt", EncodeCerts(house.Cert, next.Cert))
	cert, key := put(t, dir, "MV.crt", EncodeCerts(mv.cert)), put(t, dir, "MV.key", must(EncodeKey(mv.key, nil)))

	own, err := Load(Settings{CA: ca, Cert: cert, Key: key})
	if err != nil {
		t.Fatal(err)
	}
	if id, ok := own.Self(); !ok || id.Who() != "host/MV" || own.Ring() != "house" || len(own.CAs()) != 2 {
		t.Errorf("%+v of %s", id, own.Ring())
	}
	if err := own.Check(day, Want{Kind: Host, Name: "MV"}); err != nil {
		t.Error(err)
	}
	refused := func(err error, cause Cause) {
		t.Helper()
		var refusal *Refusal
		if !errors.As(err, &refusal) || refusal.Cause != cause {
			t.Errorf("%v, want %s", err, cause)
		}
	}
	refused(own.Check(day, Want{Kind: Host, Name: "PA"}), OtherName)
	refused(own.Check(day.Add(2*DefaultLife), Want{}), Expired)

	none, err := Load(Settings{CA: ca})
	if err != nil || none.Ring() != "house" {
		t.Fatal(none, err)
	}
	if _, ok := none.Self(); ok {
		t.Error("it is somebody without a certificate")
	}
	refused(none.Check(day, Want{}), NoCertificate)
	barn, err := Load(Settings{Ring: "barn", CA: ca, Cert: cert, Key: key})
	if err != nil {
		t.Fatal(err)
	}
	refused(barn.Check(day, Want{}), OtherRing)
}

// What is wrong with a file is said with its name.
func TestLoadNamesTheFile(t *testing.T) {
	dir := t.TempDir()
	house := must(NewAuthority("house", day, DefaultCALife))
	mv, pa := house.host("MV"), house.host("PA")
	ca, cert, key := put(t, dir, "ca.crt", EncodeCerts(house.Cert)), put(t, dir, "MV.crt", EncodeCerts(mv.cert)), put(t, dir, "MV.key", must(EncodeKey(mv.key, nil)))
	text, other := put(t, dir, "text", []byte("hello")), put(t, dir, "PA.key", must(EncodeKey(pa.key, nil)))
	closed := put(t, dir, "closed.key", sealQuickly(mv.key, "x"))
	odd := put(t, dir, "odd.crt", EncodeCerts(house.altered(func(c *x509.Certificate) { c.URIs = nil })))
	long := put(t, dir, "long", make([]byte, MaxFile+1))
	shared := put(t, dir, "shared.key", must(EncodeKey(mv.key, nil)))
	if err := os.Chmod(shared, 0o644); err != nil {
		t.Fatal(err)
	}
	for says, s := range map[string]Settings{
		"none.crt: no such file or directory":                                    {CA: filepath.Join(dir, "none.crt"), Cert: cert, Key: key},
		"text: there is no certificate in it":                                    {CA: text, Cert: cert, Key: key},
		"long: it has more than 1048576 bytes":                                   {CA: long, Cert: cert, Key: key},
		"MV.crt: a certificate in it is not that of a CA":                        {CA: cert, Cert: cert, Key: key},
		"text: there is no certificate":                                          {CA: ca, Cert: text, Key: key},
		"odd.crt: the certificate has no name":                                   {CA: ca, Cert: odd, Key: key},
		"none.key: no such file or directory":                                    {CA: ca, Cert: cert, Key: filepath.Join(dir, "none.key")},
		"text: there is no key in it":                                            {CA: ca, Cert: cert, Key: text},
		"closed.key: the key has a passphrase":                                   {CA: ca, Cert: cert, Key: closed},
		"PA.key: it is not the key of the certificate in " + cert:                {CA: ca, Cert: cert, Key: other},
		"shared.key: everybody on this machine may read or write the key: chmod": {CA: ca, Cert: cert, Key: shared},
		": not a regular file":                                                   {CA: dir},
	} {
		if _, err := Load(s); err == nil || !strings.Contains(err.Error(), says) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%v, want %q", err, says)
		}
	}
}

// What is no error of a handshake stays as it is.
func TestExplainOthers(t *testing.T) {
	tr := trusting(issued{}, nil)
	if tr.Explain(nil, time.Time{}, "") != nil {
		t.Error("nil is explained")
	}
	if err := tr.Explain(os.ErrDeadlineExceeded, time.Time{}, ""); err != os.ErrDeadlineExceeded {
		t.Error(err)
	}
}
