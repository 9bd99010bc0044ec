package main

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"crypto/x509"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/sirupsen/logrus"

	"xlattice.org/zog/internal/config"
	"xlattice.org/zog/internal/trust"
)

// trustSettings returns where the certificates are that a ring file names for a host.
func trustSettings(file string, ring *config.Ring, name string) trust.Settings {
	s := trust.Settings{Ring: ring.Ring, Revoked: ring.Revoked, Optional: ring.TLS.Client == config.TLSClientOff}
	s.CA, s.Cert, s.Key = ring.TLSFiles(filepath.Dir(file), name)
	return s
}

// ownFiles returns where the certificates of this host are, for a command on a host that has none of a
// client. If several hosts of the ring are on this machine it is the first whose files are good. It is nil
// if none is.
func ownFiles(file string, ring *config.Ring) (*trust.Settings, error) {
	var first error
	for _, i := range here(ring) {
		s := trustSettings(file, ring, ring.Hosts[i].Name)
		s.Revoked = nil // that list is for hosts; it would not let a revoked one be asked
		_, err := trust.Load(s)
		if err == nil {
			return &s, nil
		}
		first = cmp.Or(first, err)
	}
	return nil, first
}

// loadTrust reads the certificates of the host; nil with tls.mode off. One that has expired is no
// error, as the host would not start then, but one of somebody else is.
func loadTrust(file string, ring *config.Ring, self int) (*trust.Trust, error) {
	if ring.TLS.Mode == config.TLSOff {
		return nil, nil
	}
	name := ring.Hosts[self].Name
	s := trustSettings(file, ring, name)
	t, err := trust.Load(s)
	if err != nil {
		return nil, err
	}
	if err := t.CheckWho(time.Now(), trust.Want{Kind: trust.Host, Name: name}); err != nil {
		return nil, fmt.Errorf("%s: %w", s.Cert, err)
	}
	return t, nil
}

// reloadTrust returns the certificates of a host that runs: those of its files, or the old ones with the
// list revoked of the ring file if these are not good, or not valid at present while the old ones are. The
// error says why. Without old ones it returns nil then.
func reloadTrust(old *trust.Trust, file string, ring *config.Ring, self int, now time.Time) (*trust.Trust, error) {
	t, err := loadTrust(file, ring, self)
	if t != nil && old != nil && old.Check(now, trust.Want{}) == nil {
		if refusal := t.Check(now, trust.Want{}); refusal != nil {
			err = fmt.Errorf("%s: %w", trustSettings(file, ring, ring.Hosts[self].Name).Cert, refusal)
		}
	}
	if err != nil && old != nil {
		s := trustSettings(file, ring, "")
		return old.With(s.Revoked, s.Optional), err
	}
	return t, err
}

// certificates watches the certificates of a running host.
type certificates struct {
	log    logrus.FieldLogger
	seen   [sha256.Size]byte // of the files when they were read last
	early  bool              // their certificate was not valid yet then
	warned map[string]int    // of what, and for how many days left
}

// watchCertificates reads the certificates of a host at its start.
func (m *member) watchCertificates(log logrus.FieldLogger) (c certificates, err error) {
	c.log = log
	if m.ring.TLS.Mode != config.TLSOff { // before they are read, so that no change is missed
		c.changed(trustSettings(m.file, m.ring, m.ring.Hosts[m.self].Name))
	}
	m.trust, err = loadTrust(m.file, m.ring, m.self)
	return c, err
}

// changed reports whether the files have changed since the last call.
func (c *certificates) changed(s trust.Settings) bool {
	var all bytes.Buffer
	for _, name := range []string{s.CA, s.Cert, s.Key} {
		if info, err := os.Stat(name); err != nil || !info.Mode().IsRegular() || info.Size() > trust.MaxFile {
			fmt.Fprintln(&all, name, err)
			continue
		}
		data, err := os.ReadFile(name)
		fmt.Fprintln(&all, name, len(data), err)
		all.Write(data)
	}
	sum := sha256.Sum256(all.Bytes())
	was := c.seen
	c.seen = sum
	return sum != was
}

// refused says why the certificates of the files are not in force. One that will be valid is looked at
// again, and it is said once.
func (c *certificates) refused(err error, again bool) {
	var refusal *trust.Refusal
	c.early = errors.As(err, &refusal) && refusal.Cause == trust.NotYetValid
	if err != nil && !again {
		c.log.Errorf("the certificates are not reloaded, the old ones stay in force: %v", err)
	}
}

// warnDays are how many days before the end of a certificate there is a warning.
var warnDays = []int{1, 7, 30}

// warn warns of certificates that end soon, once for each of warnDays.
func (c *certificates) warn(t *trust.Trust, now time.Time) {
	if t == nil {
		return
	}
	if id, ok := t.Self(); ok {
		c.warnOf("the certificate of this host", renewal, id.NotAfter, now)
	}
	for i, ca := range t.CAs() {
		c.warnCA(i, ca, now)
	}
}

func (c *certificates) warnCA(i int, ca *x509.Certificate, now time.Time) {
	what := "the certificate of the CA"
	if i > 0 {
		what = fmt.Sprintf("certificate %d of the CA", i+1)
	}
	c.warnOf(what, nextCA, ca.NotAfter, now)
}

// What to do about a certificate that ends.
const (
	renewal = "zog tls renew makes a new one"
	nextCA  = "zog tls renew does not help; see From one CA to another in docs/operations.md"
)

func (c *certificates) warnOf(what, remedy string, end, now time.Time) {
	if c.warned == nil {
		c.warned = make(map[string]int)
	}
	left := end.Sub(now)
	key := what + end.String()
	was, before := c.warned[key]
	if left <= 0 {
		if !before || was != 0 {
			c.warned[key] = 0
			c.log.Errorf("%s has expired on %s: nobody lets this host in; %s", what, trust.Date(end), remedy)
		}
		return
	}
	for _, days := range warnDays {
		if left > time.Duration(days)*24*time.Hour {
			continue
		}
		if !before || was > days {
			c.warned[key] = days
			c.log.Warnf("%s expires on %s: %s", what, trust.Date(end), remedy)
		}
		return
	}
}

// exposed returns what to say about a host that anybody who reaches it can write to, or nothing.
func exposed(ring *config.Ring, self int) string {
	if address := ring.Hosts[self].Address; ring.TLS.Mode == config.TLSOff && !address.IsLoopback() {
		return fmt.Sprintf("whoever reaches %s can send messages, and forge those of other hosts: tls.mode is off", address)
	}
	return ""
}
