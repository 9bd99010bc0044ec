package trust

import (
	"bytes"
	"crypto"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
)

// PEM types.
const (
	pemCert      = "CERTIFICATE"
	pemKey       = "PRIVATE KEY"
	pemEncrypted = "ENCRYPTED PRIVATE KEY"
)

// EncodeCerts returns certificates in PEM form.
func EncodeCerts(certs ...*x509.Certificate) []byte {
	var b bytes.Buffer
	for _, c := range certs {
		b.Write(pem.EncodeToMemory(&pem.Block{Type: pemCert, Bytes: c.Raw}))
	}
	return b.Bytes()
}

// DecodeCerts returns the certificates in a PEM text, at least one. Text around them is ignored,
// a block of another type is an error.
func DecodeCerts(data []byte) ([]*x509.Certificate, error) {
	var certs []*x509.Certificate
	for {
		var block *pem.Block
		block, data = pem.Decode(data)
		switch {
		case block == nil && len(certs) == 0:
			return nil, errors.New("there is no certificate in it: want PEM, which begins with -----BEGIN CERTIFICATE-----")
		case block == nil:
			return certs, nil
		case block.Type != pemCert:
			return nil, fmt.Errorf("a %s is in it, where only certificates belong", block.Type)
		}
		cert, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			return nil, err
		}
		certs = append(certs, cert)
	}
}

// ErrPassphrase means that a key needs a passphrase and none was given.
var ErrPassphrase = errors.New("the key has a passphrase")

// ErrWrongPassphrase means that a key cannot be decrypted with the passphrase.
var ErrWrongPassphrase = errors.New("the passphrase is wrong")

// EncodeKey returns a private key in PEM form: PKCS #8, encrypted if there is a passphrase.
func EncodeKey(key crypto.Signer, passphrase []byte) ([]byte, error) {
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return nil, err
	}
	block := &pem.Block{Type: pemKey, Bytes: der}
	if len(passphrase) > 0 {
		block.Type = pemEncrypted
		if block.Bytes, err = encrypt(der, passphrase, iterations); err != nil {
			return nil, err
		}
	}
	return pem.EncodeToMemory(block), nil
}

// DecodeKey returns the private key in a PEM text, in the forms that openssl writes too: PKCS #8,
// encrypted or not, or SEC 1. passphrase is only called if the key is encrypted; without it the
// error is ErrPassphrase.
func DecodeKey(data []byte, passphrase func() ([]byte, error)) (crypto.Signer, error) {
	block, rest := pem.Decode(data)
	if block != nil && block.Type == "EC PARAMETERS" {
		block, _ = pem.Decode(rest)
	}
	if block == nil {
		return nil, errors.New("there is no key in it: want PEM, which begins with -----BEGIN PRIVATE KEY-----")
	}
	switch block.Type {
	case pemKey:
		return parseKey(block.Bytes)
	case "EC PRIVATE KEY":
		return x509.ParseECPrivateKey(block.Bytes)
	case pemEncrypted:
		return decryptKey(block.Bytes, passphrase)
	}
	return nil, fmt.Errorf("a %s is in it, where a PRIVATE KEY belongs", block.Type)
}

func decryptKey(der []byte, passphrase func() ([]byte, error)) (crypto.Signer, error) {
	if passphrase == nil {
		return nil, ErrPassphrase
	}
	sealed, err := parseSealed(der)
	if err != nil {
		return nil, err
	}
	secret, err := passphrase()
	if err != nil {
		return nil, err
	}
	opened, err := sealed.open(secret)
	if err != nil {
		return nil, err
	}
	key, err := parseKey(opened)
	if err != nil { // one wrong passphrase of 256 makes a padding that looks right
		return nil, ErrWrongPassphrase
	}
	return key, nil
}

func parseKey(der []byte) (crypto.Signer, error) {
	key, err := x509.ParsePKCS8PrivateKey(der)
	if err != nil {
		return nil, err
	}
	signer, ok := key.(crypto.Signer)
	if !ok {
		return nil, fmt.Errorf("a key of type %T cannot sign", key)
	}
	return signer, nil
}
