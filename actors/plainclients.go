package actors

import (
	"maps"
	"net/netip"
	"sync"
	"time"

	"github.com/sirupsen/logrus"

	"xlattice.org/zog/internal/config"
)

const (
	// plainAgain is how long it is not said again that clients of an address speak plain text.
	plainAgain = 10 * time.Minute
	// maxPlain is how many addresses that may be said of in this time.
	maxPlain = 256
)

// plainClients says which clients speak plain text while tls.mode is accept, so that an operator knows when
// none does any more.
type plainClients struct {
	id  *identity
	log logrus.FieldLogger

	mu   sync.Mutex
	said map[netip.Prefix]time.Time // when it was said
	left int                        // lines that were left out
}

// note notes a client's connection in use: it is called when a frame has come, and each minute.
func (p *plainClients) note(remote string, secure bool) {
	if secure || p.id.Ring().TLS.Mode != config.TLSAccept {
		return
	}
	from := source(remote)
	left, ok := p.allow(from, time.Now())
	if !ok {
		return
	}
	log := p.log
	if left > 0 {
		log = log.WithField("left_out", left)
	}
	log.Infof("client %s speaks plain text", sourceName(from))
}

// allow tells whether an address is to be said, and how many were left out before for want of room.
func (p *plainClients) allow(from netip.Prefix, now time.Time) (left int, ok bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if at, known := p.said[from]; known && now.Sub(at) < plainAgain {
		return 0, false
	}
	if len(p.said) >= maxPlain {
		maps.DeleteFunc(p.said, func(_ netip.Prefix, at time.Time) bool { return now.Sub(at) >= plainAgain })
	}
	if len(p.said) >= maxPlain {
		p.left++
		return 0, false
	}
	if p.said == nil {
		p.said = make(map[netip.Prefix]time.Time)
	}
	p.said[from] = now
	left, p.left = p.left, 0
	return left, true
}
