package actors

import (
	"testing"

	"xlattice.org/zog/internal/record"
)

// A boot that is used is not used again, nor is 0, and none is too large for a line of the log
// (docs/protocol.md, 4).
func TestABootIsNobodyElses(t *testing.T) {
	for range 100 {
		var seen []uint64
		boot := newBoot(func(boot uint64) bool {
			seen = append(seen, boot)
			return len(seen) <= 3
		})
		if len(seen) != 4 || boot != seen[3] {
			t.Fatalf("%d is chosen, after %d were known: %d", boot, 3, seen)
		}
		if boot == 0 || boot > record.MaxBoot {
			t.Fatalf("%d is no boot", boot)
		}
	}
}
