package jetstream

import (
	"testing"

	"xlattice.org/zog/bench/peer/peertest"
)

func TestMain(m *testing.M) { peertest.Main(m) }

func TestLogs(t *testing.T) {
	w := peertest.Small()
	w.Window, w.Copies, w.Sync = 100, w.Hosts, true
	peertest.Drive(t, js{name: "jetstream", logs: true}, w)
}

// Without logs it is over when all is acknowledged.
func TestNoLogs(t *testing.T) {
	w := peertest.Small()
	w.Messages, w.Window = 100, 1
	peertest.Drive(t, js{name: "jetstream-nologs"}, w)
}
