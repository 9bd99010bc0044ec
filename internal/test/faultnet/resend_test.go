package faultnet

import (
	"testing"
	"time"
)

// When what was lost at 0 is sent again, if packets pass from a time on: never earlier
// than the first try that is not lost, and not at all if none is left.
func TestWhenWhatWasLostIsSentAgain(t *testing.T) {
	start := time.Unix(1000, 0)
	for _, tt := range []struct {
		b      backoff
		healed float64 // seconds from the loss on
		want   float64 // the same; negative is never
	}{
		{data, 0, 0.2},
		{data, 0.1, 0.2},
		{data, 0.2, 0.6},
		{data, 1.5, 3},
		{data, 5, 6.2},
		{data, 20, 25.4},
		{data, 60, 102.2},
		{data, 90, 102.2},
		{data, 103, 204.6},
		{data, 300, 324.6}, // two minutes is the most
		{data, 800, 804.6},
		{data, 805, -924.6},
		{data, 1000, -924.6},
		{syn, 0.5, 1},
		{syn, 4, 7},
		{syn, 62, 63},
		{syn, 64, -127},
	} {
		var s retransmit
		s.lost(tt.b, start)
		s.lost(tt.b, start.Add(time.Duration(tt.healed*float64(time.Second))))
		got := s.next.Sub(start).Seconds()
		if s.exhausted(tt.b) {
			got = -got
		}
		if got != tt.want {
			t.Errorf("%v, healed after %v s: %v s instead of %v", tt.b, tt.healed, got, tt.want)
		}
	}
}
