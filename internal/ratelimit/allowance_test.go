package ratelimit

import (
	"testing"
	"time"
)

// So many lines may come at once, then one each time that so long has passed; the next
// that is written says how many were left out.
func TestAllowance(t *testing.T) {
	const atOnce, every = 50, 10 * time.Second
	var a Allowance
	start := time.Unix(1e9, 0)
	for n := range atOnce {
		if left, ok := a.Take(start, atOnce, every); !ok || left != 0 {
			t.Fatalf("line %d: %v, %d left out", n, ok, left)
		}
	}
	for range 3 {
		if _, ok := a.Take(start.Add(every-1), atOnce, every); ok {
			t.Fatal("there are more at once")
		}
	}
	if left, ok := a.Take(start.Add(every), atOnce, every); !ok || left != 3 {
		t.Errorf("later: %v, %d left out; want 3", ok, left)
	}
	if _, ok := a.Take(start.Add(every), atOnce, every); ok {
		t.Error("two are written for one")
	}
	for n := range atOnce {
		if left, ok := a.Take(start.Add(24*time.Hour), atOnce, every); !ok || left > 1 {
			t.Fatalf("a day later, line %d: %v, %d left out", n, ok, left)
		}
	}
}
