package actors

import (
	"errors"
	"net"
	"time"

	"github.com/asynkron/protoactor-go/actor"

	"xlattice.org/zog/messages"
)

// Listener accepts connections on one port and hands them to Conns.
type Listener struct {
	node *Node
	port net.Listener
	peer bool
	stop chan struct{}
	done chan struct{}
}

// NewListener returns the props of a listener on port, which it owns from the
// moment it is started.
func NewListener(node *Node, port net.Listener, peer bool) *actor.Props {
	return node.Props(func(func() bool) actor.Actor { return &Listener{node: node, port: port, peer: peer} })
}

// Receive implements actor.Actor.
func (l *Listener) Receive(ctx actor.Context) {
	switch ctx.Message().(type) {
	case *actor.Started:
		l.stop, l.done = make(chan struct{}), make(chan struct{})
		root, conns := ctx.ActorSystem().Root, l.node.Conns()
		go l.accept(func(conn net.Conn) { root.Send(conns, &messages.Adopt{Conn: conn, Peer: l.peer}) })
	case *actor.Stopping:
		close(l.stop)
		l.port.Close()
		<-l.done
	}
}

// The pauses after a failure to accept: with the descriptors used up, to try
// again at once would only burn the processor.
const (
	acceptPause    = 5 * time.Millisecond
	acceptMaxPause = time.Second
)

// accept runs until the port is closed.
func (l *Listener) accept(adopt func(net.Conn)) {
	defer close(l.done)
	pause := acceptPause
	for {
		conn, err := l.port.Accept()
		switch {
		case err == nil:
			pause = acceptPause
			adopt(conn)
		case errors.Is(err, net.ErrClosed):
			return
		default:
			l.node.Log.WithError(err).Warn("cannot accept a connection")
			select {
			case <-time.After(pause):
			case <-l.stop:
			}
			pause = min(2*pause, acceptMaxPause)
		}
	}
}
