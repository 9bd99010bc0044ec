package rings_test

import (
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"xlattice.org/zog/ringtest"
)

// A host whose clock is set ahead by years, while it runs or before it starts, retires
// nothing by it, says so once, and goes on when the clock is right again. What the others
// say keeps it from that for as long as it takes.
func TestAClockThatIsAheadRetiresNothing(t *testing.T) {
	t.Parallel()
	for name, restart := range map[string]bool{"while it runs": false, "before it starts": true} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				r := startRing(t, 3, ringtest.File("log: {segment_age: 1m, retain_age: 15m}"))
				time.Sleep(2 * time.Second)
				for n := range 4 {
					r.send(n%3, texts("a text", 3)...)
					time.Sleep(70 * time.Second)
					r.hangUp(n % 3)
				}
				if restart {
					r.stop(0)
				}
				r.hosts[0].Clock().Step(4 * 365 * 24 * time.Hour)
				if restart {
					r.start(0)
				}
				for n := range 4 {
					r.send(1+n%2, "the right time")
					time.Sleep(70 * time.Second)
					r.hangUp(1 + n%2)
				}
				r.requireSame(16, 0, 1, 2)
				said := r.Said("no segment is retired by age, as there is a doubt about the clock")
				if restart && said != 1 || said > 1 {
					t.Errorf("it is said %d times", said)
				}
				r.hosts[0].Clock().Step(-4 * 365 * 24 * time.Hour)
				time.Sleep(20 * time.Minute)
				for i := range 3 {
					if n := len(r.lines(i)); n >= 16 {
						t.Errorf("host %d still has %d lines", i, n)
					}
				}
			})
		})
	}
}

// The mark of the run that a host is in stays, however quiet it is and however
// soon its lines are retired.
func TestAQuietHostDoesNotForgetItsOwnRun(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := startRing(t, 2, ringtest.File("log: {segment_age: 1m, retain_age: 2m}"))
		time.Sleep(2 * time.Second)
		for n := range 5 {
			r.send(0, texts(fmt.Sprint("round ", n), 3)...)
			time.Sleep(10 * time.Minute)
			r.hangUp(0)
		}
		if n := r.Said("begins a run"); n != 2 {
			t.Errorf("%d runs were begun, want one a host", n)
		}
		r.send(0, "last")
		time.Sleep(10 * time.Second)
		for i := range 2 {
			lines := r.lines(i)
			if len(lines) == 0 || lines[len(lines)-1][len(lines[len(lines)-1])-6:] != "last\r\n" {
				t.Errorf("host %d has %q", i, lines)
			}
		}
	})
}
