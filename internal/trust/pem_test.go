package trust

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/x509"
	"encoding/asn1"
	"encoding/pem"
	"errors"
	"strings"
	"testing"
)

// word returns a passphrase as DecodeKey asks for it.
func word(text string) func() ([]byte, error) {
	return func() ([]byte, error) { return []byte(text), nil }
}

// sealQuickly is EncodeKey with few iterations.
func sealQuickly(key *ecdsa.PrivateKey, passphrase string) []byte {
	der := must(x509.MarshalPKCS8PrivateKey(key))
	return pem.EncodeToMemory(&pem.Block{Type: pemEncrypted, Bytes: must(encrypt(der, []byte(passphrase), 100))})
}

func TestKeys(t *testing.T) {
	key := must(NewKey())
	open := must(EncodeKey(key, nil))
	closed := sealQuickly(key, "correct horse")
	if got, err := DecodeKey(open, nil); err != nil || !key.Equal(got) {
		t.Errorf("without a passphrase: %v", err)
	}
	if got, err := DecodeKey(closed, word("correct horse")); err != nil || !key.Equal(got) {
		t.Errorf("with a passphrase: %v", err)
	}
	if _, err := DecodeKey(closed, nil); !errors.Is(err, ErrPassphrase) {
		t.Errorf("no passphrase: %v", err)
	}
	for _, wrong := range []string{"", "Correct horse", "correct horse "} {
		if _, err := DecodeKey(closed, word(wrong)); !errors.Is(err, ErrWrongPassphrase) {
			t.Errorf("%q: %v", wrong, err)
		}
	}
	if bytes.Equal(sealQuickly(key, "correct horse"), closed) {
		t.Error("the salt is the same twice")
	}
	block, _ := pem.Decode(must(EncodeKey(key, []byte("correct horse"))))
	if s, err := parseSealed(block.Bytes); err != nil || s.iterations < 600_000 {
		t.Errorf("a passphrase can be guessed fast: %+v, %v", s, err)
	}
	failed := errors.New("no terminal")
	if _, err := DecodeKey(closed, func() ([]byte, error) { return nil, failed }); !errors.Is(err, failed) {
		t.Errorf("a passphrase that cannot be asked for: %v", err)
	}
}

// fromOpenSSL is one key in forms that openssl writes: ecparam -genkey -name prime256v1, pkcs8 -topk8
// -nocrypt, and pkcs8 -topk8 -passout pass:opensesame. It was made for this test.
var fromOpenSSL = []string{
	`-----BEGIN EC PARAMETERS-----
BggqhkjOPQMBBw==
-----END EC PARAMETERS-----
-----BEGIN EC PRIVATE KEY-----
MHcCAQEEIPAhUIksX9mNhpC4VfDWFDKQZHFsnXMKAA4H2hTEaLJGoAoGCCqGSM49
AwEHoUQDQgAEU9fPwfOVx7ddgKNnhLb4+CCFqEeE/2S84cYPKjW28yCmOG61KHKF
QkyQ9SP+glXd3VTD0vPCdirBFXWwlDo4fw==
-----END EC PRIVATE KEY-----
`,
	`-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQg8CFQiSxf2Y2GkLhV
8NYUMpBkcWydcwoADgfaFMRoskahRANCAART18/B85XHt12Ao2eEtvj4IIWoR4T/
ZLzhxg8qNbbzIKY4brUocoVCTJD1I/6CVd3dVMPS88J2KsEVdbCUOjh/
-----END PRIVATE KEY-----
`,
	`-----BEGIN ENCRYPTED PRIVATE KEY-----
MIHsMFcGCSqGSIb3DQEFDTBKMCkGCSqGSIb3DQEFDDAcBAgOvX9LUK/RdwICCAAw
DAYIKoZIhvcNAgkFADAdBglghkgBZQMEASoEEJMgA2km6sYJTN5TokUGNOgEgZAe
0LpRrDguC1bc8RA8+EMgkmcNv4hpxK3/jjp/mOZhjHbu8lM37DldgLlaLQUXEvX5
JmOl40uRma0avhnJVpFdqh3KPCjKvPwCCqJssNPhB04TywqW0uDezDlwgsHIQh2y
6182BqmZt16pFafe1CvGIWSAGDigvylwzQV5Nm0dLm60kdQzgr73EnJPbzhX/eI=
-----END ENCRYPTED PRIVATE KEY-----
`,
}

func TestKeysOfOpenSSL(t *testing.T) {
	first := must(DecodeKey([]byte(fromOpenSSL[0]), nil)).(*ecdsa.PrivateKey)
	for i, text := range fromOpenSSL {
		if key, err := DecodeKey([]byte(text), word("opensesame")); err != nil || !first.Equal(key) {
			t.Errorf("form %d: %v", i, err)
		}
	}
}

func TestNoKeys(t *testing.T) {
	house := must(NewAuthority("house", day, DefaultCALife))
	sealed := must(EncodeKey(house.Key, []byte("x")))
	block, _ := pem.Decode(sealed)
	cut := pem.EncodeToMemory(&pem.Block{Type: pemEncrypted, Bytes: block.Bytes[:len(block.Bytes)-1]})
	for name, test := range map[string]struct {
		data []byte
		says string
	}{
		"nothing":       {nil, "there is no key in it"},
		"text":          {[]byte("hello"), "there is no key in it"},
		"a certificate": {EncodeCerts(house.Cert), "a CERTIFICATE is in it, where a PRIVATE KEY belongs"},
		"cut off":       {cut, "cannot be read"},
		"old pbe":       {repack(t, block.Bytes, func(k *encryptedKey) { k.Algorithm.Algorithm = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 5, 3} }), "encrypted in another way"},
		"no blocks":     {repack(t, block.Bytes, func(k *encryptedKey) { k.Data = k.Data[1:] }), "is damaged"},
		"no data":       {repack(t, block.Bytes, func(k *encryptedKey) { k.Data = nil }), "is damaged"},
		"for ever":      {endless(t, block.Bytes), "asks for 8388607 iterations"},
	} {
		asked := false
		_, err := DecodeKey(test.data, func() ([]byte, error) { asked = true; return nil, errors.New("asked") })
		if err == nil || !strings.Contains(err.Error(), test.says) || asked {
			t.Errorf("%s: %v, asked %v", name, err, asked)
		}
	}
}

// repack changes an encrypted key.
func repack(t *testing.T, der []byte, change func(*encryptedKey)) []byte {
	t.Helper()
	var info encryptedKey
	if _, err := asn1.Unmarshal(der, &info); err != nil {
		t.Fatal(err)
	}
	change(&info)
	return pem.EncodeToMemory(&pem.Block{Type: pemEncrypted, Bytes: must(asn1.Marshal(info))})
}

// endless returns an encrypted key that asks for more iterations than anybody should do.
func endless(t *testing.T, der []byte) []byte {
	return repack(t, der, func(k *encryptedKey) {
		asks, more := []byte{2, 3, 0x09, 0x27, 0xc0}, []byte{2, 3, 0x7f, 0xff, 0xff} // INTEGER
		p := &k.Algorithm.Parameters
		p.FullBytes = bytes.Replace(p.FullBytes, asks, more, 1)
	})
}

func TestCerts(t *testing.T) {
	house, next := must(NewAuthority("house", day, DefaultCALife)), must(NewAuthority("house", day, DefaultCALife))
	both := append([]byte("two of them\n"), EncodeCerts(house.Cert, next.Cert)...)
	if certs, err := DecodeCerts(both); err != nil || len(certs) != 2 || !certs[1].Equal(next.Cert) {
		t.Errorf("%d, %v", len(certs), err)
	}
	for name, data := range map[string][]byte{
		"nothing": nil, "text": []byte("hello"), "a key too": append(both, must(EncodeKey(house.Key, nil))...),
		"damage": pem.EncodeToMemory(&pem.Block{Type: pemCert, Bytes: house.Cert.Raw[:100]}),
	} {
		if certs, err := DecodeCerts(data); err == nil {
			t.Errorf("%s: %d", name, len(certs))
		}
	}
}

// A file with a key can be anything. What is read as one is a key, and nobody waits for long.
func FuzzDecodeKey(f *testing.F) {
	key := must(NewKey())
	f.Add(must(EncodeKey(key, nil)))
	s := sealed{salt: []byte("salt"), iv: make([]byte, 16), iterations: 1, data: make([]byte, 32)}
	f.Add(pem.EncodeToMemory(&pem.Block{Type: pemEncrypted, Bytes: must(s.marshal())}))
	f.Fuzz(func(t *testing.T, data []byte) {
		if block, _ := pem.Decode(data); block != nil && block.Type == pemEncrypted {
			if s, err := parseSealed(block.Bytes); err == nil && s.iterations > 1000 {
				return
			}
		}
		if key, err := DecodeKey(data, word("x")); (key == nil) != (err != nil) {
			t.Errorf("%v, %v", key, err)
		}
	})
}
