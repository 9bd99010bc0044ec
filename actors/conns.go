package actors

import (
	"strconv"

	"github.com/asynkron/protoactor-go/actor"

	"xlattice.org/zog/messages"
)

// conns is the parent of the accepted connections, conn-1, conn-2 and so on. One that fails is
// stopped, and the other side dials again.
type conns struct {
	node     *Node
	stop     actor.SupervisorStrategy // stops an actor that fails
	lastID   int                      // of a connection
	clients  map[string]*actor.PID    // by path
	draining bool
}

// NewConns returns the props of the parent of the accepted connections. stop stops an actor that
// fails: it is for the connections, and for the followers below them.
func NewConns(node *Node, stop actor.SupervisorStrategy) *actor.Props {
	return node.Props(func(func() bool) actor.Actor {
		return &conns{node: node, stop: stop, clients: make(map[string]*actor.PID)}
	}, actor.WithSupervisor(stop))
}

// Receive implements actor.Actor.
func (c *conns) Receive(ctx actor.Context) {
	switch m := ctx.Message().(type) {
	case *messages.Adopt:
		if err := c.adopt(ctx, m); err != nil {
			c.node.accepted.refuse(m.Conn.Conn, err)
			c.node.accepted.remove(m.Conn)
		}
	case *messages.Abandon:
		for _, pid := range ctx.Children() {
			ctx.Send(pid, &messages.Abandon{Reason: m.Reason})
		}
	case *messages.TrustChanged:
		for _, pid := range ctx.Children() {
			ctx.Send(pid, m)
		}
	case *actor.Terminated:
		delete(c.clients, m.Who.Id)
		c.reportDrained(ctx)
	case *messages.Drain:
		c.draining = true
		for _, pid := range c.clients {
			ctx.Send(pid, &messages.Drain{})
		}
		c.reportDrained(ctx)
	}
}

func (c *conns) adopt(ctx actor.Context, m *messages.Adopt) error {
	switch {
	case c.draining:
		return errStopped
	case m.Peer == messages.FromClient:
		pid, err := c.spawn(ctx, newClientConn(c.node, m.Conn, c.stop))
		if err == nil {
			c.clients[pid.Id] = pid
		}
		return err
	case c.node.storage.err() != nil:
		// It could not be answered. The peer dials again when our link to it sends something.
		return errStorage
	default:
		_, err := c.spawn(ctx, newPeerConn(c.node, m.Conn, m.Peer, c.lastID+1))
		return err
	}
}

func (c *conns) spawn(ctx actor.Context, props *actor.Props) (*actor.PID, error) {
	c.lastID++
	return ctx.SpawnNamed(props, "conn-"+strconv.Itoa(c.lastID))
}

func (c *conns) reportDrained(ctx actor.Context) {
	if c.draining && len(c.clients) == 0 {
		ctx.Send(ctx.Parent(), &messages.Drained{Who: ctx.Self()})
	}
}
