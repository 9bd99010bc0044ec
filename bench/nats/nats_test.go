package nats

import (
	"errors"
	"testing"

	"xlattice.org/zog/bench/peer"
	"xlattice.org/zog/bench/peer/peertest"
)

func TestMain(m *testing.M) { peertest.Main(m) }

func TestCore(t *testing.T) {
	w := peertest.Small()
	for _, w.Clients = range []int{1, 5} {
		peertest.Drive(t, core{}, w)
	}
}

// NATS core has no acknowledgement that could be waited for.
func TestUnable(t *testing.T) {
	w := peertest.Small()
	w.Copies = 3
	if _, err := (core{}).Start(t.Context(), t.TempDir(), w); !errors.Is(err, peer.ErrUnable) {
		t.Error(err)
	}
}
