package ringtest

import (
	"path"
	"runtime/pprof"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/asynkron/protoactor-go/actor"

	"xlattice.org/zog/actors"
)

// mail makes the mailboxes of all actors of a host, and holds the faults of their messages.
type mail struct {
	host  *Host
	rules list[*rule]
}

// rule is a fault of the messages to some actors.
type rule struct {
	*Fault
	actors string // a pattern of path.Match
	act    act
	delay  time.Duration
}

// act is what a rule does. Those before drop take effect when the actor receives a message, the
// others when the message is sent.
type act uint8

const (
	panicBefore act = iota
	panicAfter
	refuseStart
	hang
	drop
	delay
	duplicate
	reorder
)

// producer returns the maker of mailboxes for a process.
func (m *mail) producer(p *process) actor.MailboxProducer {
	unbounded := actor.Unbounded()
	return func() actor.Mailbox { return &mailbox{Mailbox: unbounded(), mail: m, process: p} }
}

// mailbox is the mailbox of one actor. It wraps the real mailbox, and as an actor.MessageInvoker
// also the actor.
type mailbox struct {
	actor.Mailbox
	actor.MessageInvoker
	mail    *mail
	process *process
	name    atomic.Pointer[string] // in the tree, without the root: "links/+1"

	mu   sync.Mutex
	held *held // is delivered after the next message
}

// held is a message that is held back. Its address is its identity.
type held struct{ message any }

// RegisterHandlers implements actor.Mailbox. The invoker says whose mailbox this is.
func (b *mailbox) RegisterHandlers(invoker actor.MessageInvoker, dispatcher actor.Dispatcher) {
	if of, ok := invoker.(interface{ Self() *actor.PID }); ok {
		name := strings.TrimPrefix(of.Self().Id, actors.RootName+"/")
		b.name.Store(&name)
	}
	b.MessageInvoker = invoker
	b.Mailbox.RegisterHandlers(b, dispatcher)
}

// actorName returns the actor's name. It is empty while the actor is being made; other actors may
// send to it before that ends.
func (b *mailbox) actorName() string {
	if name := b.name.Load(); name != nil {
		return *name
	}
	return ""
}

// concerns says whether a rule applies to this actor.
func (b *mailbox) concerns(ru *rule) bool {
	return matches(ru.actors, b.actorName())
}

// matches says whether a pattern of path.Match is "" or matches a name.
func matches(pattern, name string) bool {
	ok, _ := path.Match(pattern, name)
	return ok || pattern == ""
}

// where is appended to the description of a fault in the record.
func (b *mailbox) where() string { return ": " + b.mail.host.name + " " + b.actorName() }

// PostUserMessage implements actor.Mailbox: a message is sent. Probes record it, and the rules
// that apply decide whether and when it is delivered.
func (b *mailbox) PostUserMessage(m any) {
	body := actor.UnwrapEnvelopeMessage(m)
	if _, stop := body.(*actor.PoisonPill); stop || b.process.dead.Load() {
		b.Mailbox.PostUserMessage(m)
		return
	}
	of := ""
	if probes := b.mail.host.ring.probes.all(); len(probes) > 0 {
		of = typeOf(body)
		for _, p := range probes {
			p.observe(b, of, body)
		}
	}
	for _, ru := range b.mail.rules.all() {
		if ru.act < drop || !b.concerns(ru) {
			continue
		}
		if of == "" {
			of = typeOf(body)
		}
		if ru.act == duplicate && !repeatable(body) || !ru.fires(of, b.where()) {
			continue
		}
		b.apply(ru, m)
		return
	}
	b.post(m)
}

// post delivers a message, and after it the one that was held back.
func (b *mailbox) post(m any) {
	b.mu.Lock()
	held := b.held
	b.held = nil
	b.mu.Unlock()
	b.Mailbox.PostUserMessage(m)
	if held != nil {
		b.Mailbox.PostUserMessage(held.message)
	}
}

// maxHold is how long a message is held back for another to overtake it.
const maxHold = time.Second

// apply applies a rule to a message that is sent. drop does nothing.
func (b *mailbox) apply(ru *rule, m any) {
	switch ru.act {
	case delay:
		go b.deliverLate(m, ru)
	case duplicate:
		b.post(m)
		b.Mailbox.PostUserMessage(m)
	case reorder:
		b.hold(m)
	}
}

// deliverLate delivers a message after the delay of the rule, or when the fault is healed.
func (b *mailbox) deliverLate(m any, ru *rule) {
	timer := time.NewTimer(ru.delay)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ru.over:
	case <-b.process.over:
	}
	b.Mailbox.PostUserMessage(m)
}

// hold holds a message back until the next one is delivered.
func (b *mailbox) hold(m any) {
	mine := &held{m}
	b.mu.Lock()
	before := b.held
	b.held = mine
	b.mu.Unlock()
	if before != nil {
		b.Mailbox.PostUserMessage(before.message)
	}
	time.AfterFunc(maxHold, func() { b.release(mine) })
}

// release delivers a held message unless another has overtaken it.
func (b *mailbox) release(mine *held) {
	b.mu.Lock()
	waits := b.held == mine
	if waits {
		b.held = nil
	}
	b.mu.Unlock()
	if waits {
		b.Mailbox.PostUserMessage(mine.message)
	}
}

// enter runs before each message that the actor receives. It sets the ring's label, which
// goroutines that the actor starts inherit, and blocks while the host is paused.
func (b *mailbox) enter() {
	pprof.SetGoroutineLabels(b.mail.host.ring.labelled)
	b.process.gate.wait()
}

// InvokeUserMessage implements actor.MessageInvoker: the actor receives a message.
func (b *mailbox) InvokeUserMessage(m any) {
	b.enter()
	after := (*rule)(nil)
	for _, ru := range b.mail.rules.all() {
		// A message causes one panic at most.
		if ru.act > hang || after != nil && ru.act != hang || b.process.dead.Load() || !b.concerns(ru) ||
			!ru.fires(typeOf(actor.UnwrapEnvelopeMessage(m)), b.where()) {
			continue
		}
		switch ru.act {
		case panicBefore:
			panic("injected: " + ru.what)
		case panicAfter:
			after = ru
		case hang:
			b.hang(ru)
		}
	}
	b.MessageInvoker.InvokeUserMessage(m)
	if after != nil {
		panic("injected: " + after.what)
	}
}

// hang blocks until the fault is healed, or the process is over.
func (b *mailbox) hang(ru *rule) {
	select {
	case <-ru.over:
	case <-b.process.over:
	}
}

// InvokeSystemMessage implements actor.MessageInvoker: the actor is started,
// restarted or stopped.
func (b *mailbox) InvokeSystemMessage(m any) {
	b.enter()
	switch m.(type) {
	case *actor.Started, *actor.Restart:
		b.start()
	}
	b.MessageInvoker.InvokeSystemMessage(m)
}

func (b *mailbox) start() {
	for _, ru := range b.mail.rules.all() {
		if ru.act == refuseStart && b.concerns(ru) && ru.fires("", b.where()) {
			panic("injected: " + ru.what)
		}
	}
}
