package actors

import (
	"time"

	"github.com/asynkron/protoactor-go/actor"
)

// signOfLife is how often a connection that owes an answer says something (DESIGN 11):
// whoever waits for it asks after a second of silence, and gives us up after two.
const signInterval = 500 * time.Millisecond

// signDue is the alarm for a sign of life.
type signDue struct{}

// debtor has an accepted connection give signs of life while it owes an answer,
// whatever it reads. The alarm is set when something becomes owed and lapses when
// nothing is: messages that are answered at once cost no timer of their own.
type signTimer struct{ timer *time.Timer }

// owe notes that an answer is owed.
func (d *signTimer) start(ctx actor.Context) {
	if d.timer == nil {
		d.timer = sendAfter(ctx, signInterval, &signDue{})
	}
}

// due takes the alarm. It is true if a sign is to be given, as an answer is owed still.
func (d *signTimer) expired(ctx actor.Context, owes bool) bool {
	d.timer = nil
	if owes {
		d.start(ctx)
	}
	return owes
}
