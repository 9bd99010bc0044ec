package relay

import (
	"testing"
	"time"

	"pgregory.net/rapid"
)

const mib = 1 << 20

// A fast peer may have much in flight soon, and still does after a rest; a slow one
// may not, nor one that has become slow.
func TestWhatIsAnsweredIsWhatMayBeInFlight(t *testing.T) {
	var p pace
	at := time.Unix(1000, 0)
	answer := func(bytes int, every time.Duration, times int) {
		for range times {
			at = at.Add(every)
			p.answered(bytes, at)
		}
	}
	for _, step := range []struct {
		name  string
		bytes int
		every time.Duration
		times int
		want  int
	}{
		{"nothing was answered", 0, 0, 0, mib},
		{"a little was", mib / 4, time.Millisecond, 1, mib},
		{"more at once", mib / 4, time.Millisecond, 11, 6 * mib},
		{"fast", mib / 4, time.Millisecond, 100, 8 * mib},
		{"after a minute", 1, time.Minute, 1, 8 * mib},
		{"slow since", mib / 16, time.Second / 8, 64, mib},
		{"for long", mib / 16, time.Second / 8, 800, mib},
		{"two a second", 2 * mib, time.Second, 20, 4 * mib},
	} {
		if answer(step.bytes, step.every, step.times); p.limit() != step.want {
			t.Errorf("%s: %.2f MiB may be in flight, want %d", step.name, float64(p.limit())/mib, step.want/mib)
		}
	}
}

// Whatever the rate at which a peer answers, what may be in flight to it is answered
// within 4 s, or is the least that may be.
func TestWhatMayBeInFlightIsAnsweredInTime(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		rate := rapid.IntRange(1, 100*mib).Draw(r, "bytes a second")
		every := time.Duration(rapid.IntRange(1, 1000).Draw(r, "milliseconds")) * time.Millisecond
		var p pace
		for at := every; at < 20*time.Second; at += every {
			p.answered(int(float64(rate)*every.Seconds()), time.Unix(1000, 0).Add(at))
			if p.limit() > minFlight && p.limit() > 4*rate {
				r.Fatalf("at %d bytes a second %d may be in flight", rate, p.limit())
			}
		}
		if want := min(max(minFlight, rate), maxFlight); p.limit() < want {
			r.Fatalf("at %d bytes a second only %d may be in flight", rate, p.limit())
		}
	})
}
