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
			p := patience{silence: test.limit, lastHeard: at(test.heard), lastSent: at(test.spoke)}
			if got := p.alarm().Sub(begun); got != test.alarm {
				t.Errorf("the alarm is at %v, want %v", got, test.alarm)
			}
			if got := p.expired(at(test.now)); got != test.over {
				t.Errorf("over is %v", got)
			}
		})
	}
}

// TestPatienceBeginsAnew: after a late alarm the host has all of its time again.
func TestPatienceBeginsAnew(t *testing.T) {
	begun := time.Date(2026, 11, 22, 10, 26, 0, 0, time.UTC)
	p := patience{silence: 2 * time.Second, lastHeard: begun, lastSent: begun}
	woken := begun.Add(time.Minute)
	if p.expired(woken) {
		t.Fatal("judged by an alarm that was a minute late")
	}
	p.lastSent = woken
	if p.expired(woken.Add(time.Second)) {
		t.Error("the host has not got all of its time again")
	}
	p.lastSent = woken.Add(time.Second)
	if !p.expired(woken.Add(2 * time.Second)) {
		t.Error("the host has got more than its time")
	}
}

// A host that is not silent is given up, too, if it gives no answer, or gives it too
// slowly. The time for which this process was stopped is not the host's.
func TestPatienceEnds(t *testing.T) {
	for name, test := range map[string]struct {
		after   time.Duration
		begun   time.Duration // of the answer, after the question; 0 for none
		marks   int
		signs   int
		stopped bool
		want    string
	}{
		"it reads a long log":             {after: 59 * time.Minute},
		"it gives signs of life for ever": {after: time.Hour, want: "has given signs of life for 1h0m0s, and no answer"},
		"we were stopped for so long":     {after: time.Hour, stopped: true},
		"it gives many signs":             {after: 10 * time.Second, signs: 200},
		"it gives only signs":             {after: 10 * time.Second, signs: 201, want: errChatter.Error()},
		"the answer comes late":           {after: 2 * time.Hour, begun: 2*time.Hour - 29*time.Second},
		"the answer trickles":             {after: 31 * time.Second, begun: time.Second, marks: 999, want: errSlow.Error()},
		"a long answer takes its time":    {after: 60 * time.Second, begun: time.Second, marks: 30_000},
	} {
		t.Run(name, func(t *testing.T) {
			asked := time.Date(2026, 11, 22, 10, 26, 0, 0, time.UTC)
			p := patience{silence: 2 * time.Second, answerLimit: time.Hour}
			p.begin(asked)
			p.lastSent = asked
			if test.begun > 0 {
				p.addPart(asked.Add(test.begun), test.marks)
			}
			p.signs = test.signs
			now := asked.Add(test.after)
			if !test.stopped {
				p.lastHeard, p.lastSent = now, now
			}
			got := ""
			if err := p.received(now); err != nil {
				got = err.Error()
			}
			if got != test.want {
				t.Errorf("given up with %q, want %q", got, test.want)
			}
		})
	}
}
