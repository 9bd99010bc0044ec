package actors

import (
	"sync"
	"sync/atomic"

	"github.com/asynkron/protoactor-go/actor"
)

// mailbox holds what is sent to an actor before the actor can run. protoactor makes the name of an
// actor known before it has connected the mailbox: what is sent to the name meanwhile would panic
// in the sender, and the mailbox would never deliver anything again.
type mailbox struct {
	actor.Mailbox
	started atomic.Bool
	mu      sync.Mutex
	held    []any // until the start
}

// PostUserMessage implements actor.Mailbox.
func (b *mailbox) PostUserMessage(m any) {
	if !b.started.Load() && b.hold(m) {
		return
	}
	b.Mailbox.PostUserMessage(m)
}

// hold keeps a message until the start. It returns false if the mailbox has started.
func (b *mailbox) hold(m any) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.started.Load() {
		return false
	}
	b.held = append(b.held, m)
	return true
}

// Start implements actor.Mailbox. protoactor has posted actor.Started before. The messages that
// were held follow it, and then those that are sent from now on.
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
