package ringtest_test

import (
	"testing"
	"time"

	"xlattice.org/zog/ringtest"
)

// TestLongCases are cases as those of TestCases, of which each takes longer.
func TestLongCases(t *testing.T) {
	underLoadEach(t, map[string]func(t *testing.T, r *ringtest.Ring){
		"pause-60s": func(t *testing.T, r *ringtest.Ring) {
			before := r.Acknowledged()
			f := r.Host("PA").Pause()
			time.Sleep(time.Minute)
			requireMore(t, r, before, 120)
			f.Heal()
		},
		"actor-panics": func(t *testing.T, r *ringtest.Ring) {
			for _, name := range []string{"router", "accesslog", "keepalive", "links/+1", "links/+2", "conns/*"} {
				before := r.Host("MV").Actor(name).Panic(ringtest.Nth(3, ""))
				time.Sleep(5 * time.Second)
				after := r.Host("MV").Actor(name).PanicAfter(ringtest.Nth(3, ""))
				time.Sleep(5 * time.Second)
				if before.Fired()+after.Fired() < 2 {
					t.Errorf("%s did not panic twice", name)
				}
			}
		},
		"split-1-4": func(t *testing.T, r *ringtest.Ring) { partition(t, r, "MV") },
		"one-way-links": func(t *testing.T, r *ringtest.Ring) {
			for _, from := range r.Hosts() {
				for _, to := range r.Hosts() {
					if from != to {
						oneWay(from, to)
					}
				}
			}
		},
		"flapping": func(t *testing.T, r *ringtest.Ring) { flapping(r, 30*time.Second) },
		"slow-links": func(t *testing.T, r *ringtest.Ring) {
			for _, l := range links(r) {
				l.Slow(300*time.Millisecond, 100*time.Millisecond)
				l.Limit(20_000)
			}
			time.Sleep(30 * time.Second)
		},
		"clock-day-forward": func(t *testing.T, r *ringtest.Ring) { step(r, 24*time.Hour) },
		"clock-day-back":    func(t *testing.T, r *ringtest.Ring) { step(r, -24*time.Hour) },
		"suspend": func(t *testing.T, r *ringtest.Ring) {
			for _, h := range r.Hosts() {
				defer h.Pause().Heal()
			}
			time.Sleep(time.Hour)
		},
		"clocks-apart": func(t *testing.T, r *ringtest.Ring) {
			r.Host("PA").Clock().Step(time.Hour)
			r.Host("G").Clock().Step(-time.Hour)
			r.Host("LA").Clock().Skew(1000)
			time.Sleep(20 * time.Second)
		},
	})
}
