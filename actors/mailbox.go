package actors

import (
	"sync"
	"sync/atomic"

	"github.com/asynkron/protoactor-go/actor"
)

// mailbox keeps back what is sent to an actor before it can be run. protoactor makes
// the name of an actor known before it has connected the mailbox: what is sent to that
// name meanwhile would panic in the sender, and no mail would be delivered ever after.
type mailbox struct {
	actor.Mailbox
	started atomic.Bool
	mu      sync.Mutex
	held    []any // what was sent before the start
}

// PostUserMessage implements actor.Mailbox.
func (b *mailbox) PostUserMessage(m any) {
	if !b.started.Load() && b.hold(m) {
		return
	}
	b.Mailbox.PostUserMessage(m)
}

// keep is false if the mailbox has been started meanwhile.
func (b *mailbox) hold(m any) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.started.Load() {
		return false
	}
	b.held = append(b.held, m)
	return true
}

// Start implements actor.Mailbox. protoactor has posted actor.Started by now; what was
// kept back follows it, and what is sent from now on follows that.
func (b *mailbox) Start() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.Mailbox.Start()
	for _, m := range b.held {
		b.Mailbox.PostUserMessage(m)
	}
	b.held = nil
	b.started.Store(true)
}
