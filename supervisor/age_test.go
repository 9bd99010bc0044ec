package supervisor_test

import (
	"testing"
	"testing/synctest"
	"time"

	"xlattice.org/zog/ringtest"
)

// A host whose clock is set ahead by years, while it runs or before it starts, retires
// nothing by it, says so once, and goes on when the clock is right again. What the others
// say keeps it from that for as long as it takes.
func TestAClockThatIsAheadRetiresNothing(t *testing.T) {
	for name, restart := range map[string]bool{"while it runs": false, "before it starts": true} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				r := startRing(t, 3, ringtest.File("log: {segment_age: 1h, retain_age: 720h}"))
				time.Sleep(2 * time.Second)
				for n := range 4 {
					r.send(n%3, texts("an hour", 3)...)
					time.Sleep(2 * time.Hour)
					r.hangUp(n % 3)
				}
				if restart {
					r.stop(0)
				}
				r.hosts[0].Clock().Step(4 * 365 * 24 * time.Hour)
				if restart {
					r.start(0)
				}
				for n := range 40 { // for more than a day
					time.Sleep(time.Hour)
					r.send(1+n%2, "the right time")
					r.hangUp(1 + n%2)
				}
				r.requireSame(52, 0, 1, 2)
				before := r.Said("no segment is retired by age, as there is a doubt about the clock")
				if restart && before == 0 {
					t.Error("it is not said")
				}
				if before > 2 {
					t.Errorf("it is said %d times", before)
				}
				if n := r.Said("retired"); n > before {
					t.Errorf("something is retired, %d times", n-before)
				}
				r.hosts[0].Clock().Step(-4 * 365 * 24 * time.Hour)
				time.Sleep(40 * 24 * time.Hour)
				for i := range 3 {
					if n := len(r.lines(i)); n >= 52 {
						t.Errorf("host %d still has %d lines after 40 days", i, n)
					}
				}
			})
		})
	}
}
