package ringtest_test

import (
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"xlattice.org/zog/ringtest"
)

// transcript is a test that keeps what is logged.
type transcript struct {
	ringtest.TB
	failed   bool
	cleanups []func()
	said     []string
}

func (s *transcript) Errorf(format string, args ...any) {
	s.failed = true
	s.Logf(format, args...)
}
func (s *transcript) Logf(format string, args ...any) {
	s.said = append(s.said, fmt.Sprintf(format, args...))
}
func (s *transcript) Failed() bool     { return s.failed }
func (s *transcript) Cleanup(f func()) { s.cleanups = append(s.cleanups, f) }

// TestAFailureIsToldAsItIs: seed, faults, hosts and what they said last are those of the
// moment at which the test has failed, and not of the end of the ring.
func TestAFailureIsToldAsItIs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &transcript{TB: t}
		r := ringtest.Start(s, ringtest.Hosts(3), ringtest.Seed(4711))
		time.Sleep(time.Second)
		r.Partition("MV")
		r.Host("PA").Pause()
		r.Host("G").Crash()
		s.Errorf("the test fails")
		down := r.Said("peer is down")
		s.cleanups[0]()
		if r.Said("peer is down") == down {
			t.Error("the hosts say nothing as they stop: nothing is shown")
		}
		all := strings.Join(s.said, "\n")
		for _, text := range []string{"seed 4711, after 1.0", "still active: partition MV", "MV takes messages; its log has", "PA: is paused", "G is down", "the last diagnostics of the hosts"} {
			if n := strings.Count(all, text); n != 1 {
				t.Errorf("%q is said %d times, in\n%s", text, n, all)
			}
		}
		if n := strings.Count(all, "peer is down"); n != down {
			t.Errorf("the end of the ring is told:\n%s", all)
		}
	})
}
