package schedule

import (
	"testing"
	"time"

	"pgregory.net/rapid"
)

func TestStops(t *testing.T) {
	ticks := func(at ...time.Duration) (s Stops) {
		for _, d := range at {
			s = s.Tick(start.Add(d))
		}
		return s
	}
	for name, tt := range map[string]struct {
		stops       Stops
		now         time.Duration
		stale       bool
		then        time.Duration
		stoppedThen bool
	}{
		"no tick yet":                     {ticks(), time.Hour, false, 0, false},
		"the first tick is no stop":       {ticks(time.Hour), time.Hour, false, 0, false},
		"in time":                         {ticks(0, 250*ms), 500 * ms, false, 0, false},
		"a late tick":                     {ticks(0, 1000*ms), 1000 * ms, false, 0, false},
		"no tick for a second":            {ticks(0), 1000 * ms, false, 0, false},
		"no tick for longer":              {ticks(0), 1001 * ms, true, 0, true},
		"the same, since just now":        {ticks(0), 1001 * ms, true, 1001 * ms, true},
		"a tick has noticed the stop":     {ticks(0, 1001*ms), 1001 * ms, true, 0, true},
		"just after a stop":               {ticks(0, 9*time.Second), 9499 * ms, true, 8 * time.Second, true},
		"some time after a stop":          {ticks(0, 9*time.Second), 9500 * ms, false, 8 * time.Second, true},
		"stopped before, not since":       {ticks(0, 9*time.Second), 9500 * ms, false, 9 * time.Second, false},
		"the second of two stops is last": {ticks(0, 9*time.Second, 20*time.Second), 20100 * ms, true, 10 * time.Second, true},
	} {
		t.Run(name, func(t *testing.T) {
			if got := tt.stops.Stale(at(tt.now)); got != tt.stale {
				t.Errorf("stale: %v", got)
			}
			if got := tt.stops.Since(at(tt.then), at(tt.now)); got != tt.stoppedThen {
				t.Errorf("stopped since: %v", got)
			}
		})
	}
}

// Whatever the time of the last tick before it, a stop of more than longStop is noticed by whoever reads
// first, until afterStop has passed, and one shorter than longStop by TickEvery is not noticed by anyone.
func TestEachLongStopIsNoticed(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		span := func(label string, least, most time.Duration) time.Duration {
			return time.Duration(rapid.Int64Range(int64(least), int64(most)).Draw(r, label))
		}
		s, now := Stops{}, start
		run := func(d time.Duration) {
			for end := now.Add(d); now.Before(end); now = now.Add(min(TickEvery, end.Sub(now))) {
				s = s.Tick(now)
			}
		}
		run(span("ran", time.Second, 5*time.Second))
		began := now
		now = now.Add(span("stopped", 1, 10*time.Second))
		length := now.Sub(began)
		if rapid.Bool().Draw(r, "the tick is first") {
			s = s.Tick(now)
		}
		switch noticed := s.Stale(now) && s.Since(began, now); {
		case length > longStop && !noticed:
			r.Fatalf("a stop of %v is not noticed", length)
		case length <= longStop-TickEvery && noticed:
			r.Fatalf("a stop of %v is noticed", length)
		}
		run(afterStop + TickEvery)
		if s.Stale(now) {
			r.Fatal("what is read long after the stop is stale")
		}
	})
}
