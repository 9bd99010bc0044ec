package main

import (
	"time"

	"xlattice.org/zog/internal/trust"
)

// soon is how long before the end of the own certificate there is a warning.
const soon = 30 * 24 * time.Hour

// warnWith lets warn write what is to be said about the own certificates, now and when their files
// change.
func (s *settings) warnWith(warn func(format string, args ...any)) {
	s.warn = warn
	if s.own != nil && !s.own.Plain() {
		s.certificatesChanged(s.own.Current(), nil)
	}
}

// certificatesChanged is called when the files have changed.
func (s *settings) certificatesChanged(t *trust.Trust, err error) {
	if s.warn == nil {
		return
	}
	if err != nil {
		s.warn("the certificates are not read again, the old ones stay in force: %v", err)
		return
	}
	if text := ending(t, time.Now()); text != "" {
		s.warn("%s", text)
	}
}

// ending returns what to say about a certificate that ends soon, or nothing.
func ending(t *trust.Trust, now time.Time) string {
	id, ok := t.Self()
	switch left := id.NotAfter.Sub(now); {
	case !ok || left >= soon:
		return ""
	case left < 0:
		return "the certificate of " + id.Who() + " has expired on " + trust.Date(id.NotAfter) + ": zog tls renew makes a new one"
	}
	return "the certificate of " + id.Who() + " expires on " + trust.Date(id.NotAfter) + ": zog tls renew makes a new one"
}
