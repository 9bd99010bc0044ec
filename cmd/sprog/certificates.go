package main

import (
	"fmt"
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

// hint returns what to do about certificates if a host does not take what there is, or nothing.
func (s *settings) hint(text string) string {
	if s.own == nil {
		return ""
	}
	return s.own.Hint(text)
}

// ownShown are the own certificates in the output of --justShow.
type ownShown struct {
	Where string `json:"where"`
	Who   string `json:"who"` // empty without a certificate
	Roles string `json:"roles,omitempty"`
	Until string `json:"until,omitempty"`
}

// ownShown returns nil for plain text.
func (s *settings) ownShown() *ownShown {
	if s.own == nil || s.own.Plain() {
		return nil
	}
	shown := &ownShown{Where: s.own.Where}
	if id, ok := s.own.Current().Self(); ok {
		shown.Who, shown.Roles, shown.Until = id.Who(), id.Roles.String(), id.NotAfter.UTC().Format(time.RFC3339)
	}
	return shown
}

// tlsText returns what --justShow says about them.
func (s *settings) tlsText() string {
	switch shown := s.ownShown(); {
	case shown == nil:
		return "none: plain text"
	case shown.Who == "":
		return shown.Where + ": a CA, and no certificate of this client"
	default:
		id, _ := s.own.Current().Self()
		return fmt.Sprintf("%s: %s, roles %s, until %s", shown.Where, shown.Who, shown.Roles, trust.Date(id.NotAfter))
	}
}
