package actors

import (
	"bytes"
	"sync"
	"time"

	"github.com/sirupsen/logrus"

	"xlattice.org/zog/internal/ratelimit"
	"xlattice.org/zog/internal/ring"
)

// A peer can provoke lines of diagnostics: it comes and goes, asks for repairs, or has
// another ring file. A healthy one does so a few times a day, and a liar as often as it
// likes. So these are limited for each peer.
const (
	aboutAtOnce = 50 // lines about one peer
	aboutEvery  = 10 * time.Second
)

// allowances are those of all peers.
type allowances struct {
	mu    sync.Mutex
	peers [ring.MaxHosts]ratelimit.Allowance
}

func (a *allowances) take(peer int, now time.Time) (left int, ok bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.peers[peer].Take(now, aboutAtOnce, aboutEvery)
}

// about writes a line about a peer, unless there were too many: then it is counted, and
// the next one says how many there were.
func (n *Node) about(peer int, level logrus.Level, format string, args ...any) {
	left, ok := n.allowances.take(peer, time.Now())
	if !ok {
		return
	}
	entry := n.Log.WithField("peer", n.Ring().Hosts[peer].Name)
	if left > 0 {
		entry = entry.WithField("left_out", left)
	}
	entry.Logf(level, format, args...)
}

// files notes which ring files of peers were said to differ from ours. Each peer shows its
// digest on two connections, again and again: a difference is said once.
type files struct {
	mu   sync.Mutex
	said [ring.MaxHosts]string // the digests of both files; empty if they agree
}

// news notes the difference, and tells whether it is another one than before.
func (f *files) news(peer int, difference string) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	before := f.said[peer]
	f.said[peer] = difference
	return difference != "" && difference != before
}

// maxDigest is how much of a peer's digest is kept, in bytes: more than one has.
const maxDigest = 32

// warnRing warns when a peer's ring file differs from ours in what config.Digest covers.
// The marks see to it that messages arrive all the same.
func (n *Node) warnRing(peer int, digest []byte) {
	difference := ""
	if ours := n.digest(); !bytes.Equal(digest, ours) {
		difference = string(ours) + string(digest[:min(len(digest), maxDigest)])
	}
	if n.files.news(peer, difference) {
		n.about(peer, logrus.WarnLevel, "its ring file differs from ours: compare version, ring, hosts and their order, ports, wrapping")
	}
}
