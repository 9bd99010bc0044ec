package messages

import (
	"strings"
	"testing"
	"time"
)

// The oldest answer that is owed counts. A byte that is received answers a KeepAlive, and no Data.
func TestSinceWhenAnAnswerIsOwed(t *testing.T) {
	start := time.Now()
	at := func(seconds int) time.Time { return start.Add(time.Duration(seconds) * time.Second) }
	var p Pulse
	owed := func(why string, want time.Time) {
		t.Helper()
		if got := p.Owed(); !got.Equal(want) {
			t.Errorf("%s: owed since %v, want %v", why, got, want)
		}
	}
	owed("nothing was said", time.Time{})
	p.Beat(at(1))
	p.Speak(at(1))
	owed("a KeepAlive in the same moment as a byte, but after it", at(1))
	p.Speak(at(2))
	owed("another", at(1))
	p.Owe(at(3))
	owed("a Data later", at(1))
	p.Beat(at(4))
	owed("a byte", at(3))
	p.Speak(at(5))
	owed("a KeepAlive after the Data", at(3))
	p.Owe(time.Time{})
	owed("the Data is answered", at(5))
	p.Beat(at(6))
	owed("all is answered", time.Time{})
	if heard, spoke := p.Heard(), p.Spoke(); !heard.Equal(at(6)) || !spoke.Equal(at(5)) {
		t.Errorf("heard at %v, spoke at %v", heard, spoke)
	}
}

// Times are those of the monotonic clock: a step of the wall clock is no silence.
func TestAPulseGoesByTheMonotonicClock(t *testing.T) {
	var p Pulse
	if !p.Heard().IsZero() || !p.Spoke().IsZero() {
		t.Error("the zero value has heard or said something")
	}
	p.Beat(time.Now())
	if at := p.Heard().String(); !strings.Contains(at, "m=") {
		t.Errorf("heard at %s, by the wall clock", at)
	}
}
