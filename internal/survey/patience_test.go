package survey

import (
	"testing"
	"time"
)

func TestPatience(t *testing.T) {
	begun := time.Date(2026, 11, 22, 10, 26, 0, 0, time.UTC)
	at := func(d time.Duration) time.Time { return begun.Add(d) }
	tests := map[string]struct {
		limit, heard, spoke time.Duration
		alarm               time.Duration
		now                 time.Duration
		over                bool
	}{
		"we speak every second":               {2 * time.Second, 0, 0, time.Second, time.Second, false},
		"it is silent for too long":           {2 * time.Second, 0, time.Second, 2 * time.Second, 2 * time.Second, true},
		"an alarm a little late is an alarm":  {2 * time.Second, 0, time.Second, 2 * time.Second, 2400 * time.Millisecond, true},
		"an alarm much later judges nobody":   {2 * time.Second, 0, time.Second, 2 * time.Second, 9 * time.Second, false},
		"it speaks, and so do we":             {2 * time.Second, 9 * time.Second, 8 * time.Second, 9 * time.Second, 9 * time.Second, false},
		"the limit is short":                  {100 * time.Millisecond, 0, 0, 50 * time.Millisecond, 50 * time.Millisecond, false},
		"the limit is no multiple of seconds": {2500 * time.Millisecond, 0, 2 * time.Second, 2500 * time.Millisecond, 2500 * time.Millisecond, true},
		"the limit is long":                   {time.Hour, 0, 400 * time.Second, 401 * time.Second, 401 * time.Second, false},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			p := patience{test.limit, at(test.heard), at(test.spoke)}
			if got := p.alarm().Sub(begun); got != test.alarm {
				t.Errorf("the alarm is at %v, want %v", got, test.alarm)
			}
			if got := p.over(at(test.now)); got != test.over {
				t.Errorf("over is %v", got)
			}
		})
	}
}

// TestPatienceBeginsAnew: after a late alarm the host has all of its time again.
func TestPatienceBeginsAnew(t *testing.T) {
	begun := time.Date(2026, 11, 22, 10, 26, 0, 0, time.UTC)
	p := patience{2 * time.Second, begun, begun}
	woken := begun.Add(time.Minute)
	if p.over(woken) {
		t.Fatal("judged by an alarm that was a minute late")
	}
	p.spoke = woken
	if p.over(woken.Add(time.Second)) {
		t.Error("the host has not got all of its time again")
	}
	p.spoke = woken.Add(time.Second)
	if !p.over(woken.Add(2 * time.Second)) {
		t.Error("the host has got more than its time")
	}
}
