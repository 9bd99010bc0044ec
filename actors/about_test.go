package actors

import (
	"testing"
	"time"
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
