package actors

import (
	"errors"
	"net"
	"syscall"
	"time"

	"github.com/asynkron/protoactor-go/actor"

	"xlattice.org/zog/internal/ratelimit"
	"xlattice.org/zog/messages"
)

// Listener accepts connections on one port and hands them to Conns.
type Listener struct {
	node           *Node
	port           net.Listener
	peer           bool
	stop           chan struct{}
	done           chan struct{}
	acceptWarnings ratelimit.Allowance // for lines that nobody can be accepted
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
		root, conns := ctx.ActorSystem().Root, l.node.conns()
		go l.accept(func(m *messages.Adopt) { root.Send(conns, m) })
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
	// acceptSaid is how often it is said at the most that nobody can be accepted.
	acceptWarnEvery = time.Minute
)

// accept runs until the port is closed.
func (l *Listener) accept(adopt func(*messages.Adopt)) {
	defer close(l.done)
	pause := acceptPause
	var p acceptPacer
	for {
		conn, err := l.port.Accept()
		switch {
		case err == nil:
			pause = acceptPause
			l.admit(conn, adopt)
			l.pause(p.next(time.Now()))
		case errors.Is(err, net.ErrClosed):
			return
		default:
			l.acceptFailed(err)
			l.pause(pause)
			pause = min(2*pause, acceptMaxPause)
		}
	}
}

// rest waits, unless the port is closed first.
func (l *Listener) pause(pause time.Duration) {
	if pause <= 0 {
		return
	}
	select {
	case <-time.After(pause):
	case <-l.stop:
	}
}

const (
	// A port accepts acceptGroup connections in acceptEvery at the most, 4,000 in a
	// second. A new connection costs as much time as many messages, and those that come
	// by the thousand must not delay the messages of others.
	acceptGroup = 20
	acceptEvery = 5 * time.Millisecond
)

// pacer spreads the connections that come all at once.
type acceptPacer struct {
	began time.Time // when the present group began
	count int       // of the group
}

// next notes a connection, and returns how long to wait before the next.
func (p *acceptPacer) next(now time.Time) (pause time.Duration) {
	if over := now.Sub(p.began); over >= acceptEvery {
		p.began, p.count = now, 0
	}
	if p.count++; p.count < acceptGroup {
		return 0
	}
	p.count = 0
	pause = acceptEvery - now.Sub(p.began)
	p.began = now.Add(pause)
	return pause
}

// admit hands over a connection that may stay.
func (l *Listener) admit(conn net.Conn, adopt func(*messages.Adopt)) {
	guest, from, err := l.node.accepted.admit(conn, l.peer)
	if err != nil {
		l.node.accepted.refuse(conn, err)
		return
	}
	adopt(&messages.Adopt{Conn: guest, Peer: from})
}

// failed says why nobody can be accepted. If descriptors are used up, an idle client makes
// room: there are fewer than the limits on clients count on.
func (l *Listener) acceptFailed(err error) {
	if _, ok := l.acceptWarnings.Take(time.Now(), 1, acceptWarnEvery); ok {
		l.node.Log.WithError(err).Warn("cannot accept a connection")
	}
	if errors.Is(err, syscall.EMFILE) || errors.Is(err, syscall.ENFILE) {
		l.node.accepted.evictIdleClient()
	}
}
