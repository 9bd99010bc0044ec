// Package names says what rings, hosts and clients can be called, and what an entry of the list
// revoked of a ring file is. It is pure.
package names

import (
	"errors"
	"fmt"
	"math/big"
	"strings"
)

// Limits of names, in bytes.
const (
	MaxRing   = 32
	MaxHost   = 16
	MaxClient = 32
)

// IsRing reports whether a ring can have this name: 1 to 32 ASCII letters, digits and '-'.
func IsRing(name string) bool { return is(name, MaxRing, "") }

// IsHost reports whether a host can have this name: 1 to 16 ASCII letters, digits and '-'. Log lines
// and paths contain names, so no other characters may be in them.
func IsHost(name string) bool { return is(name, MaxHost, "") }

// IsClient reports whether a client can have this name: 1 to 32 ASCII letters, digits, '-', '_' and
// '.', beginning with a letter or a digit, as it is the name of a file too.
func IsClient(name string) bool {
	return is(name, MaxClient, "_.") && !strings.ContainsRune("-_.", rune(name[0]))
}

// is reports whether s is 1 to most ASCII letters, digits, '-' and characters of more.
func is(s string, most int, more string) bool {
	outside := func(c rune) bool {
		return (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && (c < '0' || c > '9') && c != '-' && !strings.ContainsRune(more, c)
	}
	return s != "" && len(s) <= most && !strings.ContainsFunc(s, outside)
}

// Serial returns a serial number as lower-case hexadecimal digits, at least 16.
func Serial(n *big.Int) string { return fmt.Sprintf("%016x", n) }

// ParseRevoked returns an entry of a list of revoked certificates in normal form: host/NAME,
// client/NAME, or a serial number of 16 to 40 hexadecimal digits, perhaps with colons. A name
// without its kind is an error, as it might be taken for a serial number, or for the other kind.
func ParseRevoked(text string) (string, error) {
	if name, ok := strings.CutPrefix(text, "host/"); ok && IsHost(name) {
		return text, nil
	}
	if name, ok := strings.CutPrefix(text, "client/"); ok && IsClient(name) {
		return text, nil
	}
	digits := strings.ToLower(strings.ReplaceAll(text, ":", ""))
	outside := func(c rune) bool { return (c < 'a' || c > 'f') && (c < '0' || c > '9') }
	if len(digits) < 16 || len(digits) > 40 || strings.ContainsFunc(digits, outside) {
		return "", errors.New("host/NAME, client/NAME or a serial number of 16 or more hexadecimal digits")
	}
	n, _ := new(big.Int).SetString(digits, 16)
	return Serial(n), nil
}
