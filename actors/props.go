package actors

import (
	"runtime"
	"runtime/debug"

	"github.com/asynkron/protoactor-go/actor"
	"github.com/sirupsen/logrus"
)

// Props returns the props of an actor. produce is called at each start and restart of the actor.
// idle tells whether the actor's mailbox is empty, which is the time to write what was collected.
// It may be called only in Receive.
func (n *Node) Props(produce func(idle func() bool) actor.Actor, opts ...actor.PropsOption) *actor.Props {
	var mail actor.Mailbox
	opts = append(opts, actor.WithDispatcher(&n.workers), actor.WithMailbox(func() actor.Mailbox {
		mail = &mailbox{Mailbox: n.Mailbox()}
		return mail
	}))
	idle := func() bool { return mail.UserMessageCount() <= 0 }
	return actor.PropsFromProducer(func() actor.Actor { return &traced{produce(idle), n.Log} }, opts...)
}

// traced logs a stack trace when an actor has a programming error: when the supervisor learns of a
// panic, the stack is gone.
type traced struct {
	actor.Actor
	log logrus.FieldLogger
}

// Receive implements actor.Actor.
func (t *traced) Receive(ctx actor.Context) {
	defer func() {
		p := recover()
		if p == nil {
			return
		}
		if _, bug := p.(runtime.Error); bug {
			t.log.WithField("actor", ctx.Self().Id).Errorf("%v, at %T\n%s", p, ctx.Message(), debug.Stack())
		}
		panic(p)
	}()
	t.Actor.Receive(ctx)
}
