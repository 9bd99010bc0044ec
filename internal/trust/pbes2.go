package trust

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/pbkdf2"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509/pkix"
	"encoding/asn1"
	"errors"
	"fmt"
)

// Keys with a passphrase are PKCS #8 (RFC 5958) with PBES2 (RFC 8018): PBKDF2 with HMAC-SHA256,
// and AES-256 in CBC mode. It is what `openssl pkcs8 -topk8` writes too, so openssl can read these
// files, and can change the passphrase. The scheme does not authenticate what it decrypts. A file
// that somebody has changed gives a key that cannot be parsed, or that is not the key of the CA's
// certificate; callers compare both.

var (
	oidPBES2      = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 5, 13}
	oidPBKDF2     = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 5, 12}
	oidHMACSHA256 = asn1.ObjectIdentifier{1, 2, 840, 113549, 2, 9}
	oidAES256CBC  = asn1.ObjectIdentifier{2, 16, 840, 1, 101, 3, 4, 1, 42}
)

const (
	aes256       = 32 // bytes of a key
	saltBytes    = 16
	maxSalt      = 1024
	iterations   = 600_000   // a quarter of a second
	mostRepeated = 5_000_000 // a file with more would keep a processor busy for long
)

type encryptedKey struct {
	Algorithm pkix.AlgorithmIdentifier
	Data      []byte
}

type pbes2Params struct {
	KDF    pkix.AlgorithmIdentifier
	Cipher pkix.AlgorithmIdentifier
}

type pbkdf2Params struct {
	Salt       []byte
	Iterations int
	KeyLength  int                      `asn1:"optional"`
	PRF        pkix.AlgorithmIdentifier `asn1:"optional"`
}

// sealed is an encrypted key.
type sealed struct {
	salt, iv, data []byte
	iterations     int
}

// encrypt returns an EncryptedPrivateKeyInfo.
func encrypt(der, passphrase []byte, iterations int) ([]byte, error) {
	s := sealed{salt: make([]byte, saltBytes), iv: make([]byte, aes.BlockSize), iterations: iterations}
	_, _ = rand.Read(s.salt) // never fails
	_, _ = rand.Read(s.iv)
	block, err := s.cipher(passphrase)
	if err != nil {
		return nil, err
	}
	n := aes.BlockSize - len(der)%aes.BlockSize
	s.data = make([]byte, len(der)+n)
	for i := range s.data[copy(s.data, der):] {
		s.data[len(der)+i] = byte(n)
	}
	cipher.NewCBCEncrypter(block, s.iv).CryptBlocks(s.data, s.data)
	return s.marshal()
}

func (s *sealed) cipher(passphrase []byte) (cipher.Block, error) {
	key, err := pbkdf2.Key(sha256.New, string(passphrase), s.salt, s.iterations, aes256)
	if err != nil {
		return nil, err
	}
	return aes.NewCipher(key)
}

func (s *sealed) marshal() ([]byte, error) {
	kdf, err := algorithm(oidPBKDF2, pbkdf2Params{s.salt, s.iterations, 0, pkix.AlgorithmIdentifier{Algorithm: oidHMACSHA256, Parameters: asn1.NullRawValue}})
	if err != nil {
		return nil, err
	}
	enc, err := algorithm(oidAES256CBC, s.iv)
	if err != nil {
		return nil, err
	}
	scheme, err := algorithm(oidPBES2, pbes2Params{kdf, enc})
	if err != nil {
		return nil, err
	}
	return asn1.Marshal(encryptedKey{scheme, s.data})
}

func algorithm(oid asn1.ObjectIdentifier, params any) (pkix.AlgorithmIdentifier, error) {
	der, err := asn1.Marshal(params)
	return pkix.AlgorithmIdentifier{Algorithm: oid, Parameters: asn1.RawValue{FullBytes: der}}, err
}

// parseSealed reads an EncryptedPrivateKeyInfo of this scheme.
func parseSealed(der []byte) (*sealed, error) {
	var info encryptedKey
	var scheme pbes2Params
	var kdf pbkdf2Params
	s := &sealed{}
	ok := unmarshal(der, &info) && unmarshal(info.Algorithm.Parameters.FullBytes, &scheme) &&
		unmarshal(scheme.KDF.Parameters.FullBytes, &kdf) && unmarshal(scheme.Cipher.Parameters.FullBytes, &s.iv)
	if err := checkScheme(info, scheme, kdf); err != nil && len(info.Algorithm.Algorithm) > 0 {
		return nil, err
	}
	if !ok {
		return nil, errors.New("the encrypted key cannot be read")
	}
	s.salt, s.iterations, s.data = kdf.Salt, kdf.Iterations, info.Data
	return s, s.check()
}

func unmarshal(der []byte, into any) bool {
	rest, err := asn1.Unmarshal(der, into)
	return err == nil && len(rest) == 0
}

func checkScheme(info encryptedKey, scheme pbes2Params, kdf pbkdf2Params) error {
	if !info.Algorithm.Algorithm.Equal(oidPBES2) || !scheme.KDF.Algorithm.Equal(oidPBKDF2) ||
		!kdf.PRF.Algorithm.Equal(oidHMACSHA256) || !scheme.Cipher.Algorithm.Equal(oidAES256CBC) {
		return errors.New("the key is encrypted in another way than with PBKDF2, HMAC-SHA256 and AES-256-CBC: " +
			"openssl pkcs8 -topk8 -v2 aes-256-cbc -v2prf hmacWithSHA256 converts it")
	}
	return nil
}

func (s *sealed) check() error {
	switch {
	case s.iterations < 1 || s.iterations > mostRepeated:
		return fmt.Errorf("the encrypted key asks for %d iterations", s.iterations)
	case len(s.iv) != aes.BlockSize, len(s.salt) > maxSalt, len(s.data) == 0, len(s.data)%aes.BlockSize != 0:
		return errors.New("the encrypted key is damaged")
	}
	return nil
}

// open returns what was encrypted.
func (s *sealed) open(passphrase []byte) ([]byte, error) {
	block, err := s.cipher(passphrase)
	if err != nil {
		return nil, err
	}
	data := make([]byte, len(s.data))
	cipher.NewCBCDecrypter(block, s.iv).CryptBlocks(data, s.data)
	n := int(data[len(data)-1])
	if n < 1 || n > aes.BlockSize {
		return nil, ErrWrongPassphrase
	}
	for _, b := range data[len(data)-n:] {
		if int(b) != n {
			return nil, ErrWrongPassphrase
		}
	}
	return data[:len(data)-n], nil
}
