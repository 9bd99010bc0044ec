package trust

import (
	"crypto/tls"
	"fmt"
	"io/fs"
	"os"
	"sync"
)

// Live is the Trust of a client that runs while its files change. It is safe for concurrent use.
type Live struct {
	settings func() Settings
	ring     string
	changed  func(*Trust, error)

	mu    sync.Mutex
	seen  []fs.FileInfo // of the files when they were read last; nil is a file that is not there
	trust *Trust
	told  string // the error that changed was called with last
}

// NewLive reads the files of a Trust. settings says where they are, and is called again before each
// look at them: a file may be there later that was not. The error is that of [Load], or that the own
// certificate is of another ring than settings wants.
//
// changed, if not nil, is called after the files have changed, with the new Trust; or with an error,
// once for each, if they are not good and the old Trust stays. It must not call the Live.
func NewLive(settings func() Settings, changed func(*Trust, error)) (*Live, error) {
	l := &Live{settings: settings, changed: changed}
	s := settings()
	l.ring = s.Ring
	l.seen = stamps(s)
	t, err := l.load(s)
	if err != nil {
		return nil, err
	}
	l.trust, l.ring = t, t.Ring()
	return l, nil
}

// load reads the files.
func (l *Live) load(s Settings) (*Trust, error) {
	s.Ring = l.ring
	t, err := Load(s)
	if err != nil {
		return nil, err
	}
	if id, ok := t.Self(); ok && id.Ring != t.Ring() {
		return nil, fmt.Errorf("%s: %s is of ring %s, not of ring %s", s.Cert, id.Who(), id.Ring, t.Ring())
	}
	return t, nil
}

// Current returns the Trust of the files as they are now, or the last good one.
func (l *Live) Current() *Trust {
	l.mu.Lock()
	defer l.mu.Unlock()
	s := l.settings()
	now := stamps(s) // before they are read, so that what changes meanwhile is seen next time
	if same(l.seen, now) {
		return l.trust
	}
	t, err := l.load(s)
	if err != nil {
		// The files are not marked as seen. What was bad by a mode or an owner shows no other change.
		if text := err.Error(); text != l.told {
			l.told = text
			l.tell(nil, err)
		}
		return l.trust
	}
	l.seen, l.trust, l.told = now, t, ""
	l.tell(t, nil)
	return t
}

func (l *Live) tell(t *Trust, err error) {
	if l.changed != nil {
		l.changed(t, err)
	}
}

// DialHost is as [Trust.DialHost], and good for any number of dials: each uses the files as they are then.
func (l *Live) DialHost(name string) *tls.Config {
	c := l.Current().DialHost(name)
	c.Certificates = nil
	c.GetClientCertificate = func(*tls.CertificateRequestInfo) (*tls.Certificate, error) {
		if own := l.Current().cert; own != nil {
			return own, nil
		}
		return &tls.Certificate{}, nil // none, as crypto/tls wants it said
	}
	c.VerifyConnection = func(s tls.ConnectionState) error {
		return l.Current().verifier(ClientProtocol, Want{Kind: Host, Name: name}, false)(s)
	}
	return c
}

// stamps returns what tells whether a file has changed.
func stamps(s Settings) []fs.FileInfo {
	infos := make([]fs.FileInfo, 3)
	for i, name := range []string{s.CA, s.Cert, s.Key} {
		if info, err := os.Stat(name); err == nil {
			infos[i] = info
		}
	}
	return infos
}

func same(was, now []fs.FileInfo) bool {
	for i, a := range was {
		b := now[i]
		if (a == nil) != (b == nil) {
			return false
		}
		if a != nil && (!os.SameFile(a, b) || !a.ModTime().Equal(b.ModTime()) || a.Size() != b.Size() || a.Mode() != b.Mode()) {
			return false
		}
	}
	return true
}
