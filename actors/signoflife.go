package actors

import (
	"time"

	"github.com/asynkron/protoactor-go/actor"
)

// signInterval is how often a connection that owes an answer sends a sign of life. A sender
// that waits for an answer asks after a second of silence, and gives up after two
// (docs/protocol.md, 10).
const signInterval = 500 * time.Millisecond

// signDue is the alarm for a sign of life.
type signDue struct{}

// signTimer makes an accepted connection send signs of life while it owes an answer, whatever
// it receives. The timer runs only while an answer is owed, so that messages that are answered
// at once need no timer each.
type signTimer struct{ timer *time.Timer }

// start starts the timer, as an answer is owed.
func (d *signTimer) start(ctx actor.Context) {
	if d.timer == nil {
		d.timer = sendAfter(ctx, signInterval, &signDue{})
	}
}

// expired takes the alarm. It returns owes: whether to send a sign of life.
func (d *signTimer) expired(ctx actor.Context, owes bool) bool {
	d.timer = nil
	if owes {
		d.start(ctx)
	}
	return owes
}
