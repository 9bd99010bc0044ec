package redis

import (
	"errors"
	"testing"

	"xlattice.org/zog/bench/peer"
	"xlattice.org/zog/bench/peer/peertest"
)

func TestMain(m *testing.M) { peertest.Main(m) }

func TestPubSub(t *testing.T) {
	w := peertest.Small()
	for _, w.Clients = range []int{1, 5} {
		peertest.Drive(t, redis{pubsub}, w)
	}
}

func TestStreams(t *testing.T) {
	w := peertest.Small()
	peertest.Drive(t, redis{streams}, w)
	w.Copies, w.Sync = w.Hosts, true
	for _, w.Window = range []int{1, 100} {
		peertest.Drive(t, redis{streams}, w)
	}
}

// Nobody knows who has what was published.
func TestUnable(t *testing.T) {
	w := peertest.Small()
	w.Copies = 2
	if _, err := (redis{pubsub}).Start(t.Context(), t.TempDir(), w); !errors.Is(err, peer.ErrUnable) {
		t.Error(err)
	}
}
