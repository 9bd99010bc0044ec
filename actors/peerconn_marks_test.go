package actors

import (
	"testing"
	"time"
)

// The marks of one peer take no more than a fifth of a processor.
func TestThePauseAfterKeepAlivesFollowsWhatTheyTook(t *testing.T) {
	for took, want := range map[time.Duration]time.Duration{
		0:                      marksPause,
		100 * time.Microsecond: marksPause,
		time.Millisecond:       4 * time.Millisecond,
		100 * time.Millisecond: 400 * time.Millisecond,
		time.Minute:            time.Second,
	} {
		if got := marksPauseAfter(took); got != want {
			t.Errorf("after %v it is %v, want %v", took, got, want)
		}
	}
}
