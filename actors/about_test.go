package actors

import (
	"strings"
	"testing"
	"time"

	"github.com/sirupsen/logrus/hooks/test"

	"xlattice.org/zog/internal/config"
)

// Lines about a peer may come at once, then one every aboutEvery; the next that is
// written says how many were left out.
func TestLinesAboutAPeer(t *testing.T) {
	var a allowance
	start := time.Unix(1e9, 0)
	for n := range aboutAtOnce {
		if left, ok := a.take(start); !ok || left != 0 {
			t.Fatalf("line %d: %v, %d left out", n, ok, left)
		}
	}
	for range 3 {
		if _, ok := a.take(start.Add(aboutEvery - 1)); ok {
			t.Fatal("there are more at once")
		}
	}
	if left, ok := a.take(start.Add(aboutEvery)); !ok || left != 3 {
		t.Errorf("later: %v, %d left out; want 3", ok, left)
	}
	if _, ok := a.take(start.Add(aboutEvery)); ok {
		t.Error("two are written for one")
	}
	for n := range aboutAtOnce {
		if left, ok := a.take(start.Add(24 * time.Hour)); !ok || left > 1 {
			t.Fatalf("a day later, line %d: %v, %d left out", n, ok, left)
		}
	}
}

// A difference between two ring files is said once, on whichever connection it is shown,
// and again when it is another or was gone meanwhile.
func TestADifferenceOfRingFilesIsSaidOnce(t *testing.T) {
	const peer = 1
	log, said := test.NewNullLogger()
	n := &Node{Log: log}
	n.SetRing(config.Loopback(3))
	same := string(n.digest())
	for i, shown := range []struct {
		digest string
		lines  int // in all
	}{{same, 0}, {"another", 1}, {"another", 1}, {"a third", 2}, {"", 3}, {"", 3}, {same, 3}, {"another", 4}, {strings.Repeat("x", 1<<16), 5}} {
		n.warnRing(peer, []byte(shown.digest))
		if got := len(said.AllEntries()); got != shown.lines {
			t.Errorf("step %d: %d lines, want %d", i, got, shown.lines)
		}
	}
	n.SetRing(config.Loopback(4))
	if n.warnRing(peer, []byte(strings.Repeat("x", 1<<16))); len(said.AllEntries()) != 6 {
		t.Error("another file of ours is no news")
	}
}
