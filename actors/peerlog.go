package actors

import (
	"bytes"
	"sync"
	"time"

	"github.com/sirupsen/logrus"

	"xlattice.org/zog/internal/ratelimit"
	"xlattice.org/zog/internal/ring"
)

// A peer can cause lines of diagnostics: it comes and goes, asks for repairs, or has another
// ring file. A healthy peer does so a few times a day, a liar as often as it likes, so these
// lines are limited for each peer.
const (
	peerLogBurst = 50 // lines about one peer
	peerLogEvery = 10 * time.Second
)

// peerLog writes lines of diagnostics about peers.
type peerLog struct {
	id  *identity
	log logrus.FieldLogger

	mu     sync.Mutex
	limits [ring.MaxHosts]ratelimit.Allowance
	// differing are the digests of a peer's ring file and of ours, empty if they agree. A peer
	// shows its digest on two connections, again and again, and a difference is logged once.
	differing [ring.MaxHosts]string
}

// logf writes a line about a peer, unless there were too many: then the line is counted, and
// the next one says how many were left out.
func (l *peerLog) logf(peer int, level logrus.Level, format string, args ...any) {
	l.logWith(peer, nil, level, format, args...)
}

// logWith is as logf, with more fields.
func (l *peerLog) logWith(peer int, more logrus.Fields, level logrus.Level, format string, args ...any) {
	left, ok := l.allow(peer, time.Now())
	if !ok {
		return
	}
	entry := l.log.WithField("peer", l.id.hostName(peer)).WithFields(more)
	if left > 0 {
		entry = entry.WithField("left_out", left)
	}
	entry.Logf(level, format, args...)
}

func (l *peerLog) allow(peer int, now time.Time) (left int, ok bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.limits[peer].Take(now, peerLogBurst, peerLogEvery)
}

// maxDigest is how much of a peer's digest is kept, in bytes: more than one has.
const maxDigest = 32

// compareRing warns when a peer's ring file differs from ours in what config.Digest covers.
// Messages arrive all the same, by repair.
func (l *peerLog) compareRing(peer int, digest []byte) {
	difference := ""
	if ours := l.id.digest(); !bytes.Equal(digest, ours) {
		difference = string(ours) + string(digest[:min(len(digest), maxDigest)])
	}
	if l.isNew(peer, difference) {
		l.logf(peer, logrus.WarnLevel, "its ring file differs from ours: compare version, ring, hosts and their order, ports, wrapping")
	}
}

// isNew notes a difference, and tells whether it is one that is not logged yet.
func (l *peerLog) isNew(peer int, difference string) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	before := l.differing[peer]
	l.differing[peer] = difference
	return difference != "" && difference != before
}
