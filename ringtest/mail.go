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

// mail is the mail of all actors of a host, with the faults of it.
type mail struct {
	host  *Host
	rules list[*rule]
}

// rule is a fault of some actors' mail.
type rule struct {
	*Fault
	actors string // a pattern of path.Match
	act    act
	delay  time.Duration
}

// act is what a rule does.
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

// producer makes the mailboxes of a life.
func (m *mail) producer(l *life) actor.MailboxProducer {
	unbounded := actor.Unbounded()
	return func() actor.Mailbox { return &mailbox{Mailbox: unbounded(), mail: m, life: l} }
}

// mailbox is the mailbox of one actor. It is an actor.MessageInvoker too, between
// the true mailbox and the actor.
type mailbox struct {
	actor.Mailbox
	actor.MessageInvoker
	mail *mail
	life *life
	name atomic.Pointer[string] // in the tree, without the root: "links/+1"

	mu   sync.Mutex
	held *held // waits for the next, to come after it
}

// held is a message that is held back; its address is what it is known by.
type held struct{ message any }

// RegisterHandlers implements actor.Mailbox. It tells whose mailbox this is.
func (b *mailbox) RegisterHandlers(invoker actor.MessageInvoker, dispatcher actor.Dispatcher) {
	if of, ok := invoker.(interface{ Self() *actor.PID }); ok {
		name := strings.TrimPrefix(of.Self().Id, actors.RootName+"/")
		b.name.Store(&name)
	}
	b.MessageInvoker = invoker
	b.Mailbox.RegisterHandlers(b, dispatcher)
}

// who is the actor's name. It has none yet while it is being made, when others
// may know of it already.
func (b *mailbox) who() string {
	if name := b.name.Load(); name != nil {
		return *name
	}
	return ""
}

// concerns tells whether a rule is one of this actor.
func (b *mailbox) concerns(ru *rule) bool {
	return fits(ru.actors, b.who())
}

// fits tells whether a pattern, which must be one, is "" or fits a name.
func fits(pattern, name string) bool {
	ok, _ := path.Match(pattern, name)
	return ok || pattern == ""
}

// where is said in the record of what fired.
func (b *mailbox) where() string { return ": " + b.mail.host.name + " " + b.who() }

// PostUserMessage implements actor.Mailbox: the mail arrives, or not.
func (b *mailbox) PostUserMessage(m any) {
	body := actor.UnwrapEnvelopeMessage(m)
	if _, stop := body.(*actor.PoisonPill); stop || b.life.dead.Load() {
		b.Mailbox.PostUserMessage(m)
		return
	}
	of := ""
	if probes := b.mail.host.ring.probes.all(); len(probes) > 0 {
		of = typeOf(body)
		for _, p := range probes {
			p.hear(b, of, body)
		}
	}
	for _, ru := range b.mail.rules.all() {
		if ru.act < drop || !b.concerns(ru) {
			continue
		}
		if of == "" {
			of = typeOf(body)
		}
		if ru.act == duplicate && !repeatable(body) || !ru.due(of, b.where()) {
			continue
		}
		b.tamper(ru, m)
		return
	}
	b.post(m)
}

// post delivers a message, and behind it the one that was held back.
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

// patience is how long a message waits for another to overtake it.
const patience = time.Second

// tamper does to a message what a rule says.
func (b *mailbox) tamper(ru *rule, m any) {
	switch ru.act {
	case delay:
		go b.deliver(m, ru)
	case duplicate:
		b.post(m)
		b.Mailbox.PostUserMessage(m)
	case reorder:
		b.hold(m)
	}
}

// deliver delivers a message late: after its time, or when the fault is healed.
func (b *mailbox) deliver(m any, ru *rule) {
	timer := time.NewTimer(ru.delay)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ru.over:
	case <-b.life.over:
	}
	b.Mailbox.PostUserMessage(m)
}

// hold keeps a message back until the next has come.
func (b *mailbox) hold(m any) {
	mine := &held{m}
	b.mu.Lock()
	before := b.held
	b.held = mine
	b.mu.Unlock()
	if before != nil {
		b.Mailbox.PostUserMessage(before.message)
	}
	time.AfterFunc(patience, func() { b.release(mine) })
}

// release delivers a message that nothing has overtaken.
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

// enter is the beginning of all that the actor does. Who runs it, and all that it
// starts, bears the ring's mark; and it waits while the host is paused.
func (b *mailbox) enter() {
	pprof.SetGoroutineLabels(b.mail.host.ring.marked)
	b.life.gate.wait()
}

// InvokeUserMessage implements actor.MessageInvoker: the actor gets to its mail.
func (b *mailbox) InvokeUserMessage(m any) {
	b.enter()
	after := (*rule)(nil)
	for _, ru := range b.mail.rules.all() {
		// Who panics afterwards does not panic a second time.
		if ru.act > hang || after != nil && ru.act != hang || b.life.dead.Load() || !b.concerns(ru) ||
			!ru.due(typeOf(actor.UnwrapEnvelopeMessage(m)), b.where()) {
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

// hang waits until the fault is healed, or the life is over.
func (b *mailbox) hang(ru *rule) {
	select {
	case <-ru.over:
	case <-b.life.over:
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
		if ru.act == refuseStart && b.concerns(ru) && ru.due("", b.where()) {
			panic("injected: " + ru.what)
		}
	}
}
