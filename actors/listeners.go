package actors

import (
	"net"
	"strconv"

	"github.com/asynkron/protoactor-go/actor"
)

// listeners is the parent of the listeners, peers-1, clients-1 and so on.
type listeners struct {
	node           *Node
	peers, clients []net.Listener
}

// NewListeners returns the props of the parent of the listeners, which own the ports.
func NewListeners(node *Node, peers, clients []net.Listener, opts ...actor.PropsOption) *actor.Props {
	return node.Props(func(func() bool) actor.Actor {
		return &listeners{node: node, peers: peers, clients: clients}
	}, opts...)
}

// Receive implements actor.Actor.
func (l *listeners) Receive(ctx actor.Context) {
	if _, ok := ctx.Message().(*actor.Started); ok {
		l.spawn(ctx, "peers", l.peers, true)
		l.spawn(ctx, "clients", l.clients, false)
	}
}

func (l *listeners) spawn(ctx actor.Context, name string, ports []net.Listener, peer bool) {
	for i, port := range ports {
		if _, err := ctx.SpawnNamed(newListener(l.node, port, peer), name+"-"+strconv.Itoa(i+1)); err != nil {
			panic(err)
		}
	}
}
