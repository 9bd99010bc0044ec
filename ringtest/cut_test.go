package ringtest_test

import (
	"fmt"
	"testing"
	"time"

	"xlattice.org/zog/ringtest"
)

// TestLongACutIsHealedSoon: whoever was cut off has what it lacks within 3 s of the end of the
// cut, however long that was: nobody waits until TCP sends again what was lost. Two of the
// three seconds are for the links, and one for the backlog and the looking.
func TestLongACutIsHealedSoon(t *testing.T) {
	const bar = 3 * time.Second
	cuts := map[string]func(r *ringtest.Ring) *ringtest.Fault{
		"unplugged": func(r *ringtest.Ring) *ringtest.Fault { return r.Host("MV").Unplug() },
		"parted":    func(r *ringtest.Ring) *ringtest.Fault { return r.Partition("MV") },
	}
	for name, cut := range cuts {
		for _, lasts := range []time.Duration{time.Second, 5 * time.Second, 20 * time.Second, 60 * time.Second, 90 * time.Second, 400 * time.Second} {
			t.Run(fmt.Sprint(name, "/", lasts), func(t *testing.T) {
				inBubble(t, func(t *testing.T, r *ringtest.Ring) {
					l := startLoad(r, "PA")
					time.Sleep(5 * time.Second)
					f := cut(r)
					time.Sleep(lasts)
					f.Heal()
					healed, sent := time.Now(), r.Acknowledged()
					r.Await("all that was sent during the cut", func() bool {
						time.Sleep(100 * time.Millisecond)
						return len(r.Host("MV").Log()) >= sent
					})
					took := time.Since(healed)
					t.Logf("after a cut of %v it took %v", lasts, took)
					if took > bar {
						t.Errorf("it took more than %v", bar)
					}
					l.end()
					r.RequireSettled()
				})
			})
		}
	}
}
