package actors

import (
	"strings"
	"testing"

	"github.com/sirupsen/logrus/hooks/test"

	"xlattice.org/zog/internal/config"
)

// A difference between two ring files is logged once for both connections, and again when it is
// another one or there was none meanwhile.
func TestADifferenceOfRingFilesIsSaidOnce(t *testing.T) {
	const peer = 1
	log, said := test.NewNullLogger()
	n := testNode(t, 3, func(c *Config) { c.Log = log })
	same := string(n.digest())
	for i, shown := range []struct {
		digest string
		lines  int // in all
	}{{same, 0}, {"another", 1}, {"another", 1}, {"a third", 2}, {"", 3}, {"", 3}, {same, 3}, {"another", 4}, {strings.Repeat("x", 1<<16), 5}} {
		n.peerLog.compareRing(peer, []byte(shown.digest))
		if got := len(said.AllEntries()); got != shown.lines {
			t.Errorf("step %d: %d lines, want %d", i, got, shown.lines)
		}
	}
	n.SetRing(config.Loopback(4), nil)
	if n.peerLog.compareRing(peer, []byte(strings.Repeat("x", 1<<16))); len(said.AllEntries()) != 6 {
		t.Error("another file of ours is no news")
	}
}
