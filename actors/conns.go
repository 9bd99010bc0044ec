package actors

import (
	"fmt"
	"net"
	"net/netip"
	"strconv"

	"github.com/asynkron/protoactor-go/actor"

	"xlattice.org/zog/messages"
)

// maxClients is how many clients' connections are open at a time (I6).
const maxClients = 10_000

// Conns is the parent of the accepted connections, conn-1, conn-2 and so on.
// One that fails is stopped: whoever dialled dials again.
type Conns struct {
	node     *Node
	last     int
	clients  map[string]*actor.PID
	draining bool
}

// NewConns returns the props of the parent of the accepted connections.
func NewConns(node *Node, opts ...actor.PropsOption) *actor.Props {
	return node.Props(func(func() bool) actor.Actor {
		return &Conns{node: node, clients: make(map[string]*actor.PID)}
	}, opts...)
}

// Receive implements actor.Actor.
func (c *Conns) Receive(ctx actor.Context) {
	switch m := ctx.Message().(type) {
	case *messages.Adopt:
		if err := c.adopt(ctx, m); err != nil {
			c.node.turnAway(m.Conn, err)
		}
	case *messages.Abandon:
		for _, pid := range ctx.Children() {
			ctx.Send(pid, &messages.Abandon{Reason: m.Reason})
		}
	case *actor.Terminated:
		delete(c.clients, m.Who.Id)
		c.drained(ctx)
	case *messages.Drain:
		c.draining = true
		for _, pid := range c.clients {
			ctx.Send(pid, &messages.Drain{})
		}
		c.drained(ctx)
	}
}

// Why a connection is closed before a word is said on it.
const (
	errStranger violation = "the address is of no host in the ring"
	errOurself  violation = "the address is our own"
	errFull     violation = "too many clients"
)

func (c *Conns) adopt(ctx actor.Context, m *messages.Adopt) error {
	switch {
	case c.draining:
		return errStopped
	case m.Peer && c.node.Storage() != nil:
		// A peer would only wait for Oks. It dials again when it hears from us.
		return errStorage
	case m.Peer:
		peer, err := c.peerAt(m.Conn.RemoteAddr())
		if err != nil {
			return err
		}
		_, err = c.spawn(ctx, NewPeerConn(c.node, m.Conn, peer))
		return err
	case len(c.clients) >= maxClients:
		return errFull
	default:
		pid, err := c.spawn(ctx, NewClientConn(c.node, m.Conn))
		if err == nil {
			c.clients[pid.Id] = pid
		}
		return err
	}
}

func (c *Conns) spawn(ctx actor.Context, props *actor.Props) (*actor.PID, error) {
	c.last++
	return ctx.SpawnNamed(props, "conn-"+strconv.Itoa(c.last))
}

// peerAt finds the host that a connection comes from: without TLS its address
// is all that tells.
func (c *Conns) peerAt(remote net.Addr) (int, error) {
	at, err := netip.ParseAddrPort(remote.String())
	if err != nil {
		return 0, fmt.Errorf("remote address: %w", err)
	}
	peer, ok := c.node.Ring().ByAddress(at.Addr())
	switch {
	case !ok:
		return 0, errStranger
	case peer == c.node.Self:
		return 0, errOurself
	}
	return peer, nil
}

func (c *Conns) drained(ctx actor.Context) {
	if c.draining && len(c.clients) == 0 {
		ctx.Send(ctx.Parent(), &messages.Drained{Who: ctx.Self()})
	}
}
