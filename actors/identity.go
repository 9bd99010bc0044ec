package actors

import (
	"fmt"
	"net/netip"
	"sync/atomic"
	"time"

	"xlattice.org/zog/internal/config"
	"xlattice.org/zog/internal/ring"
	"xlattice.org/zog/internal/schedule"
	"xlattice.org/zog/internal/trust"
)

// identity says which host of the ring this is, and has the ring file in force. The
// supervisor replaces the file on a reload; all actors read it where they need it, so that a
// change of times and limits takes effect at once.
type identity struct {
	self int       // the host's index in the ring file
	plan ring.Plan // who forwards to whom
	file atomic.Pointer[ringFile]
}

// ringFile is a ring file with its digest, which each KeepAlive and Ack carries, and with the
// certificates that it names.
type ringFile struct {
	*config.Ring
	digest []byte
	trust  *trust.Trust // nil only with tls.mode off
}

func newRingFile(r *config.Ring, t *trust.Trust) *ringFile { return &ringFile{r, r.Digest(), t} }

// Ring returns the ring file in force.
func (id *identity) Ring() *config.Ring { return id.file.Load().Ring }

// Name returns this host's name in the ring.
func (id *identity) Name() string { return id.hostName(id.self) }

func (id *identity) hostName(host int) string { return id.Ring().Hosts[host].Name }

// distance returns a peer's distance in the order of the ring, from 1.
func (id *identity) distance(peer int) int { return id.plan.Position(id.self, peer) }

func (id *identity) digest() []byte { return id.file.Load().digest }

// frameTimeout is how long an accepted connection may take for one frame.
func (id *identity) frameTimeout() time.Duration { return id.Ring().Limits.FirstFrame }

func (id *identity) keepaliveLimits() schedule.Limits {
	k := id.Ring().Keepalive
	return schedule.Limits{Interval: k.Interval, Timeout: k.Timeout}
}

// Violations of a connection by its address, or by the ring that the other side names.
const (
	errStranger violation = "the address is of no host in the ring"
	errOurself  violation = "the address is our own"
	errRing     violation = "another ring"
)

// peerAt returns the index of the host that has an address. Without TLS the address is all
// that identifies a peer.
func (id *identity) peerAt(from netip.Addr) (int, error) {
	peer, ok := id.Ring().ByAddress(from)
	switch {
	case !ok:
		return 0, errStranger
	case peer == id.self:
		return 0, errOurself
	}
	return peer, nil
}

// sameRing compares the name of a peer's ring with ours: messages of two rings must not mix.
// An empty name fits any ring.
func (id *identity) sameRing(theirs string) error {
	if ours := id.Ring().Ring; theirs != "" && theirs != ours {
		return fmt.Errorf("%w: it is of ring %s, this host is of ring %s", errRing, printable(theirs), ours)
	}
	return nil
}
