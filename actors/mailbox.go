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
	early   []any // what was sent before the start
}

// PostUserMessage implements actor.Mailbox.
func (b *mailbox) PostUserMessage(m any) {
	if !b.started.Load() && b.keep(m) {
		return
	}
	b.Mailbox.PostUserMessage(m)
}

// keep is false if the mailbox has been started meanwhile.
func (b *mailbox) keep(m any) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.started.Load() {
		return false
	}
	b.early = append(b.early, m)
	return true
}

// Start implements actor.Mailbox. protoactor has posted actor.Started by now; what was
// kept back follows it, and what is sent from now on follows that.
func (b *mailbox) Start() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.Mailbox.Start()
	for _, m := range b.early {
		b.Mailbox.PostUserMessage(m)
	}
	b.early = nil
	b.started.Store(true)
}
