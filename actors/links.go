package actors

import (
	"github.com/asynkron/protoactor-go/actor"

	"xlattice.org/zog/messages"
)

// links is the parent of the links to the peers: +1, +2 and so on.
type links struct {
	node      *Node
	undrained map[string]bool // the links that have not drained yet
}

// NewLinks returns the props of the parent of the links.
func NewLinks(node *Node, opts ...actor.PropsOption) *actor.Props {
	return node.Props(func(func() bool) actor.Actor { return &links{node: node} }, opts...)
}

// Receive implements actor.Actor.
func (l *links) Receive(ctx actor.Context) {
	switch m := ctx.Message().(type) {
	case *actor.Started:
		l.start(ctx)
	case *messages.Drain:
		l.undrained = make(map[string]bool)
		for _, pid := range ctx.Children() {
			l.undrained[pid.Id] = true
			ctx.Send(pid, &messages.Drain{})
		}
		l.reportDrained(ctx)
	case *messages.TrustChanged:
		for _, pid := range ctx.Children() {
			ctx.Send(pid, m)
		}
	case *messages.Drained:
		delete(l.undrained, m.Who.Id)
		l.reportDrained(ctx)
	}
}

func (l *links) start(ctx actor.Context) {
	hosts := len(l.node.Ring().Hosts)
	for distance := 1; distance < hosts; distance++ {
		peer := (l.node.self + distance) % hosts
		if _, err := ctx.SpawnNamed(newLink(l.node, peer), linkName(distance)); err != nil {
			panic(err)
		}
	}
}

func (l *links) reportDrained(ctx actor.Context) {
	if l.undrained != nil && len(l.undrained) == 0 {
		ctx.Send(ctx.Parent(), &messages.Drained{Who: ctx.Self()})
	}
}
