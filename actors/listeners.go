package actors

import (
	"net"
	"strconv"

	"github.com/asynkron/protoactor-go/actor"
)

// Listeners is the parent of the listeners, peers-1, clients-1 and so on.
type Listeners struct {
	node           *Node
	peers, clients []net.Listener
}

// NewListeners returns the props of the parent of the listeners, which own the ports.
func NewListeners(node *Node, peers, clients []net.Listener, opts ...actor.PropsOption) *actor.Props {
	return node.Props(func(func() bool) actor.Actor {
		return &Listeners{node: node, peers: peers, clients: clients}
	}, opts...)
}

// Receive implements actor.Actor.
func (l *Listeners) Receive(ctx actor.Context) {
	if _, ok := ctx.Message().(*actor.Started); ok {
		l.spawn(ctx, "peers", l.peers, true)
		l.spawn(ctx, "clients", l.clients, false)
	}
}

func (l *Listeners) spawn(ctx actor.Context, name string, ports []net.Listener, peer bool) {
	for i, port := range ports {
		if _, err := ctx.SpawnNamed(NewListener(l.node, port, peer), name+"-"+strconv.Itoa(i+1)); err != nil {
			panic(err)
		}
	}
}
